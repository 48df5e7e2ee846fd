"""Which browser the tests drive, on machines that have others than this one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy import debian
from tests.browser import chromium

MakeProgram = Callable[..., str]
SUDO_WITHOUT_PASSWORD = 'shift; [ "$1" = true ] || exec "$@"'
INSTALL = """\
[ "$2" = update ] && exit
echo "$@" > "$0.orders"
"{1}"
echo $? > "$0.policy"
printf '#!/bin/sh\n' > "{0}"
/bin/chmod +x "{0}"
"""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a machine whose only programs are those of one folder, and whose user is root."""
    names = [program for program in chromium.PROGRAMS if "/" not in program]
    monkeypatch.setattr(chromium, "PROGRAMS", names)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(debian, "POLICY", str(tmp_path / "policy-rc.d"))
    monkeypatch.setattr(debian.os, "geteuid", lambda: 0)
    return tmp_path


@pytest.fixture
def make_program(machine: Path) -> MakeProgram:
    """Return a function that makes a shell script and returns its path."""

    def make(name: str, script: str = "") -> str:
        path = machine / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return str(path)

    return make


def test_every_usual_name_is_found_the_first_before_the_others(make_program: MakeProgram) -> None:
    own = make_program("of playwright/chrome")
    for name in reversed(chromium.PROGRAMS):
        path = make_program(name)
        assert chromium.find(own) == path


def test_without_any_playwrights_own_is_taken(make_program: MakeProgram) -> None:
    own = make_program("of playwright/chrome")
    assert chromium.find(own) == own


@pytest.mark.parametrize("where", ["my browsers/Blåbär", "blabar"])
def test_the_variable_comes_before_all_others(
    make_program: MakeProgram, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    make_program("chromium")
    chosen = make_program(where)
    monkeypatch.setenv("CHROMIUM", chosen if "/" in where else where)
    assert chromium.find("") == chosen


def test_a_program_that_does_not_start_is_passed_over(make_program: MakeProgram) -> None:
    make_program("chromium", "exit 1")
    Path(make_program("chromium-browser")).write_text("no program")
    chrome = make_program("google-chrome")
    assert chromium.find("") == chrome


def test_a_wrong_variable_ends_the_search_with_one_line(
    make_program: MakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_program("chromium")
    make_program("apt-get", INSTALL)
    monkeypatch.setenv("CHROMIUM", "/nowhere/chrome")
    with pytest.raises(chromium.BrowserNotFoundError) as error:
        chromium.find_or_install("")
    assert str(error.value) == "CHROMIUM=/nowhere/chrome is not a browser that starts"


def test_a_machine_without_a_browser_or_apt_gets_one_line() -> None:
    with pytest.raises(chromium.BrowserNotFoundError) as error:
        chromium.find_or_install("/nowhere/chrome")
    (line,) = str(error.value).splitlines()
    assert "install Chromium or Chrome" in line and "CHROMIUM" in line


@pytest.mark.parametrize("user", [0, 1000])
def test_where_apt_needs_no_password_the_package_is_installed(
    machine: Path, make_program: MakeProgram, monkeypatch: pytest.MonkeyPatch, user: int
) -> None:
    monkeypatch.setattr(debian.os, "geteuid", lambda: user)
    if user:
        make_program("sudo", SUDO_WITHOUT_PASSWORD)
    apt = make_program("apt-get", INSTALL.format(machine / "chromium", machine / "policy-rc.d"))
    assert chromium.find_or_install("") == str(machine / "chromium")
    orders = Path(f"{apt}.orders").read_text().split()
    assert orders == ["-qq", "install", "--yes", "--no-install-recommends", chromium.PACKAGES[0]]
    # Services of the package are not started, and others later on are.
    assert Path(f"{apt}.policy").read_text() == "101\n"
    assert not (machine / "policy-rc.d").exists()


def test_another_package_is_installed_where_the_first_does_not_exist(
    machine: Path, make_program: MakeProgram
) -> None:
    script = '[ "$2" = update ] || [ "$5" = chromium ] || exit 100\n' + INSTALL
    make_program("apt-get", script.format(machine / "chromium", machine / "policy-rc.d"))
    assert chromium.find_or_install("") == str(machine / "chromium")


def test_a_machine_keeps_its_policy_for_services(machine: Path, make_program: MakeProgram) -> None:
    own = Path(make_program("policy-rc.d", "exit 104"))
    apt = make_program("apt-get", INSTALL.format(machine / "chromium", own))
    chromium.find_or_install("")
    assert Path(f"{apt}.policy").read_text() == "104\n" and own.exists()


@pytest.mark.parametrize("sudo", ["exit 1", None])
def test_where_apt_needs_a_password_nothing_is_installed(
    machine: Path, make_program: MakeProgram, monkeypatch: pytest.MonkeyPatch, sudo: str | None
) -> None:
    monkeypatch.setattr(debian.os, "geteuid", lambda: 1000)
    if sudo:
        make_program("sudo", sudo)
    make_program("apt-get", INSTALL.format(machine / "chromium", machine / "policy-rc.d"))
    with pytest.raises(chromium.BrowserNotFoundError):
        chromium.find_or_install("")
    assert not (machine / "chromium").exists()
