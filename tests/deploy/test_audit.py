"""What `make audit` says of the packages that pip-audit has looked up, or could not look up."""

import json
import sys
from pathlib import Path

import pytest

from deploy.audit import main

SOUND = {"name": "flask", "version": "3.1.0", "vulns": []}
UNKNOWN = {"name": "aiosmtpd", "skip_reason": "Dependency not found on PyPI"}
VULNERABLE = {
    "name": "jinja2",
    "version": "2.4.1",
    "vulns": [{"id": "PYSEC-2014-8", "fix_versions": ["2.7.2"], "aliases": [], "description": ""}],
}
PIP_AUDIT = [sys.executable, "-Sc", "import sys; print(open(sys.argv[2]).read(), end='')"]


@pytest.mark.parametrize(
    ("packages", "status", "said"),
    [
        ([SOUND], 0, ["1 packages: 0 vulnerable, 0 unknown, 1 without known vulnerabilities"]),
        ([UNKNOWN], 1, ["no package could be looked up, so nothing is known of any"]),
        (
            [SOUND, UNKNOWN, VULNERABLE],
            1,
            [
                "jinja2 2.4.1: PYSEC-2014-8, mended in 2.7.2",
                "could not be looked up: aiosmtpd",
                "3 packages: 1 vulnerable, 1 unknown, 1 without known vulnerabilities",
            ],
        ),
    ],
    ids=["sound", "none looked up", "some of each"],
)
def test_it_says_what_is_known_of_every_package(
    packages: list[dict[str, object]],
    status: int,
    said: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One that the index did not know ended it, and so did one that two files pin."""
    files = [tmp_path / "dev", tmp_path / "audit"]
    for file in files:
        file.write_text(json.dumps({"dependencies": packages}))
    assert main(PIP_AUDIT, list(map(str, files))) == status
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(said)
    for line, text in zip(lines, said, strict=True):
        assert line.startswith(f"make audit: {text}")


def test_it_ends_with_one_line_if_nothing_can_be_asked() -> None:
    failing = [sys.executable, "-Sc", "raise OSError('no such host')"]
    with pytest.raises(SystemExit, match=r"^make audit: dev could not .*: OSError: no such host$"):
        main(failing, ["dev"])
