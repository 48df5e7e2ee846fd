"""Known vulnerabilities of the pinned packages, as pip-audit finds them: `make audit`.

`python -m deploy.audit PIP_AUDIT SERVICE FILE...` looks up what the files of requirements pin, and
prints what is known. It ends with an error unless all were looked up and none is vulnerable.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

NOTHING_KNOWN = (
    "no package could be looked up, so nothing is known of any. The Python index has to answer"
    " what it knows of a version; a mirror may have only the files."
    " Another service is asked by make audit SERVICE=osv"
)


def summary(packages: Sequence[Mapping[str, Any]]) -> tuple[list[str], bool]:
    """Return lines that say what is known of packages, and whether all of them are sound."""
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    vulnerable = [package for package in packages if package.get("vulns")]
    if len(unknown) == len(packages):
        return [NOTHING_KNOWN], False
    lines = [
        f"{package['name']} {package['version']}: {vulnerability['id']}, mended in"
        f" {', '.join(vulnerability['fix_versions']) or 'no version'}"
        for package in vulnerable
        for vulnerability in package["vulns"]
    ]
    if unknown:
        lines.append(f"could not be looked up: {', '.join(unknown)}")
    lines.append(
        f"{len(packages)} packages: {len(vulnerable)} vulnerable, {len(unknown)} unknown,"
        f" {len(packages) - len(vulnerable) - len(unknown)} without known vulnerabilities"
    )
    return lines, not (vulnerable or unknown)


def look_up(command: Sequence[str], file: str) -> list[dict[str, Any]]:
    """Return what pip-audit knows of the packages that a file pins."""
    done = subprocess.run([*command, "-r", file], capture_output=True, text=True, check=False)
    if not done.stdout:
        reason = done.stderr.splitlines()[-1:] or [f"exit status {done.returncode}"]
        raise SystemExit(f"make audit: {file} could not be looked up: {reason[0]}")
    found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    return found


def main(command: Sequence[str], files: Sequence[str]) -> int:
    """Print what pip-audit knows of the packages that files pin; return the exit status."""
    # One run for each: pip-audit refuses a package that two files pin.
    packages = {
        (package["name"], package.get("version")): package
        for file in files
        for package in look_up(command, file)
    }
    lines, is_sound = summary(list(packages.values()))
    for line in lines:
        print(f"make audit: {line}")
    return not is_sound


if __name__ == "__main__":
    program, service, *requirements = sys.argv[1:]
    options = ["--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json"]
    sys.exit(main([program, f"--vulnerability-service={service}", *options], requirements))
