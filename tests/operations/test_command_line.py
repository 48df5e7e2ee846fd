"""F82, F94: the arguments of app.py, and settings that are refused by it and by `flask`."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from me_api.config import PREFIX, ConfigError, Settings
from me_api.operations.command_line import environment
from tests.support.forks import FLASK, ForkServer
from tests.support.server import ROOT, python_environment

Run = Callable[..., "subprocess.CompletedProcess[str]"]

APP = str(ROOT / "app.py")
HANDSHAKE = {
    **{"Host": "localhost", "Upgrade": "websocket", "Connection": "Upgrade"},
    **{"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="},
}


@pytest.mark.parametrize("written", [["--port", "99"], ["--port=99"]])
def test_f82_an_address_takes_the_place_of_the_setting(
    monkeypatch: pytest.MonkeyPatch, written: list[str]
) -> None:
    """F82: `--port 99` was ignored."""
    monkeypatch.setenv("ME_API_PORT", "1")
    monkeypatch.setenv("ME_API_DRAIN", "2")
    found = environment([*written, "--host", "::1"])
    assert found["ME_API_PORT"] == "99" and found["ME_API_HOST"] == "::1"
    assert found["ME_API_DRAIN"] == "2"
    assert environment([])["ME_API_PORT"] == "1"


@pytest.mark.parametrize(
    "wrong", [["--prot", "99"], ["--po", "99"], ["serve"], ["--port"], ["-h1"]]
)
def test_f82_what_is_unknown_stops_the_start(wrong: list[str]) -> None:
    with pytest.raises(ConfigError) as refusal:
        environment(wrong)
    assert "--help" in str(refusal.value) and "\n" not in str(refusal.value)


def test_f82_the_help_lists_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        environment(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    for name, field in Settings.model_fields.items():
        assert f"  {PREFIX}{name.upper()}" in shown and field.description in shown
    assert "ME_API_PORT [1337]\n" in shown and "ME_API_ROOMS [lobby,kundtjanst]\n" in shown


def run(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run a Python program as an operator does, with the settings in capitals."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=python_environment() | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.fixture
def forked(fork_server: ForkServer, tmp_path: Path) -> Run:
    """Return a function that does the same with an entry of the fork server: most need no more."""

    def run_forked(entry: str, *arguments: str, **settings: str) -> Any:
        environment = python_environment() | settings
        return fork_server.run(tmp_path, entry=entry, arguments=arguments, environment=environment)

    return run_forked


def test_f82_app_py_reads_its_arguments(forked: Run) -> None:
    ended = forked(APP, "--port", "nine")
    assert ended.returncode == 1 and ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("me-api cannot start: ME_API_PORT: ")


def test_f94_flask_refuses_a_wrong_setting_with_one_line(tmp_path: Path) -> None:
    """F94: a traceback, and `No such command 'db'`."""
    url = f"sqlite:///{tmp_path}/missing/me-api.sqlite"
    ended = run("-m", "flask", "--app", "wsgi", "db", "upgrade", ME_API_DATABASE_URL=url)
    assert ended.returncode == 1 and ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert (
        line == f"me-api cannot start: ME_API_DATABASE_URL: there is no folder {tmp_path}/missing."
    )


UNREACHABLE = {
    "ME_API_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/nothing",
    "ME_API_JWT_SECRET": "x" * 40,
}


@pytest.mark.parametrize("command", ["", "db current", "users list", "chat say lobby hej"])
def test_f94_a_postgresql_that_does_not_answer_is_one_line(command: str, forked: Run) -> None:
    """F94: `flask db` ended with a traceback, other commands with two lines."""
    check_refused(forked(FLASK if command else APP, *command.split(), **UNREACHABLE))


def test_f94_it_is_one_line_of_a_new_process_too() -> None:
    check_refused(run("-m", "flask", "--app", "wsgi", "db", "upgrade", **UNREACHABLE))


def check_refused(ended: "subprocess.CompletedProcess[str]") -> None:
    assert ended.returncode == 1 and ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert "onnection refused" in line


def test_the_package_runs_app_py() -> None:
    ended = run("-m", "me_api", "--port", "nine")
    assert ended.returncode == 1 and ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("me-api cannot start: ME_API_PORT: ")


def test_f53_flask_run_starts_the_server_of_app_py() -> None:
    """F53: Werkzeug served, and answered the handshake of Socket.IO and nothing after it."""
    ended = run("-m", "flask", "--app", "wsgi", "run", "--port", "70000", ME_API_HOST="::1")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("me-api cannot start: ME_API_PORT: ")


@pytest.mark.parametrize(
    ("option", "variables", "reason"),
    [
        ("--reload", {}, "There is no reloader"),
        ("--debug", {}, "There is no debug mode"),
        ("--with-threads", {}, "The server of app.py has no option for with_threads."),
        ("--no-reload", {"FLASK_DEBUG": "1"}, "There is no debug mode"),
        ("--no-debugger", {"FLASK_RUN_RELOAD": "1"}, "There is no reloader"),
    ],
)
def test_f53_what_the_server_does_not_have_is_refused(
    option: str, variables: dict[str, str], reason: str, forked: Run
) -> None:
    ended = forked(FLASK, "run", option, **variables)
    assert ended.returncode == 2
    assert reason in ended.stderr


def test_what_is_not_wanted_is_not_refused() -> None:
    options = ("--no-reload", "--no-debugger", "--port", "70000")
    ended = run("-m", "flask", "--app", "wsgi", "run", *options)
    (line,) = ended.stderr.splitlines()
    assert line.startswith("me-api cannot start: ME_API_PORT: ")


def test_f53_another_server_says_in_one_line_how_to_serve(tmp_path: Path) -> None:
    program = f"""
import wsgi
client = wsgi.app.test_client()
for path in ("/socket.io/?EIO=4&transport=polling", "/ws", "/ws/chat?nick=mos", "/stream"):
    headers = {HANDSHAKE} if path.startswith("/ws") else {{}}
    error = client.get(path, headers=headers).json["errors"][0]
    print(error["status"], error["code"])
"""
    url = f"sqlite:///{tmp_path}/me-api.sqlite"
    ended = run("-c", program, ME_API_DATABASE_URL=url, ME_API_JWT_SECRET="s" * 32)
    (line,) = ended.stderr.splitlines()
    assert "python app.py" in line
    assert ended.stdout.splitlines() == ["501 not_supported"] * 4
