"""The browser that the tests drive: the Chromium or Chrome that the machine has.

`python -m tests.browser.chromium` prints its path. Where the machine has none, it installs Debian's
package, as root or by sudo without a password, or ends with one line that says what to do.
"""

import os
import shutil
import subprocess
import sys
from contextlib import suppress

from playwright.sync_api import sync_playwright

from deploy.debian import install
from tests.support.node_process import NODE

# Playwright's driver comes with a Node that needs libatomic, which a minimal Debian does not have.
os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(NODE))

PACKAGES = ("chromium-headless-shell", "chromium")
"""Debian's. Without what surrounds pages, the first takes a third less of the processor."""
PROGRAMS = (
    *PACKAGES,
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
MISSING = f"""\
no browser for the tests: install Chromium or Chrome, \
or run "{sys.executable}" -m playwright install chromium, or set CHROMIUM to the path of one"""


class BrowserNotFoundError(AssertionError):
    """No browser starts; the text is one line that says what to do."""


def find(playwrights_own: str) -> str:
    """Return the browser's path: CHROMIUM's, else a usual program's, else Playwright's own.

    Raises `BrowserNotFoundError`; a wrong CHROMIUM is never replaced by another browser.
    """
    chosen = os.environ.get("CHROMIUM")
    candidates = [chosen] if chosen else [*PROGRAMS, playwrights_own]
    for path in filter(None, map(shutil.which, candidates)):
        if starts(path):
            return path
    wrong = f"CHROMIUM={chosen} is not a browser that starts"
    raise BrowserNotFoundError(wrong if chosen else MISSING)


def starts(path: str) -> bool:
    """Return whether the program starts.

    Ubuntu's chromium-browser may only ask for a snap, and Playwright's may lack system libraries.
    """
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return asked.returncode == 0


def find_or_install(playwrights_own: str) -> str:
    """Return the browser's path; install a package of Debian before giving up."""
    try:
        return find(playwrights_own)
    except BrowserNotFoundError:
        if os.environ.get("CHROMIUM"):
            raise
    for package in PACKAGES:
        install(package)
        with suppress(BrowserNotFoundError):
            return find(playwrights_own)
    return find(playwrights_own)


def main() -> None:
    """Print the path of the browser, or exit with one line."""
    with sync_playwright() as playwright:
        playwrights_own = playwright.chromium.executable_path
    try:
        print(f"The tests drive {find_or_install(playwrights_own)}")
    except BrowserNotFoundError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
