"""The commands as they are typed: in a terminal, in a pipe, with what is wrong with them."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.accounts import create_user, log_in
from tests.support.app import PASSWORD
from tests.support.forks import ForkServer, fork_server_in
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, free_port, wait_until
from tests.terminal import pipes
from tests.terminal.pty_program import Terminal

OpenTerminal = Callable[..., Terminal]
EMAIL = "mos@example.com"


@pytest.fixture
def environment(site: LiveServer, tmp_path: Path) -> dict[str, str]:
    """Return the server's environment, with a state folder of its own."""
    return site.environment() | {"XDG_STATE_HOME": str(tmp_path)}


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    """Start the process that forks the programs."""
    with fork_server_in(tmp_path_factory.mktemp("forks"), "terminal.__main__") as made:
        yield made


@pytest.fixture
def run(forks: ForkServer, environment: dict[str, str], tmp_path: Path) -> pipes.Run:
    """Return what runs a program without a terminal until it ends."""
    return pipes.run_by(forks, tmp_path, environment)


@pytest.fixture
def terminal(fork_server: ForkServer, environment: dict[str, str]) -> Iterator[OpenTerminal]:
    """Start commands in terminals, and kill those that still run after the test."""
    opened: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        opened.append(Terminal(fork_server, environment, *arguments))
        return opened[-1]

    yield start
    for program in opened:
        program.close()


def newest(site: LiveServer) -> dict[str, object]:
    message: dict[str, object] = site.get("/chat/rooms/lobby/messages?limit=1").json["data"][0]
    return message


def test_the_monitor_runs_in_a_terminal(
    site: LiveServer, token: str, terminal: OpenTerminal
) -> None:
    monitor = terminal("monitor")
    monitor.expect("latest changes")
    monitor.expect("connected")
    # The program has replaced the flask command, and its process has nothing of the server's.
    maps = Path(f"/proc/{monitor.process.pid}/maps").read_text()
    assert "greenlet" not in maps
    assert token not in Path(f"/proc/{monitor.process.pid}/cmdline").read_text()
    site.post("/chat/rooms/lobby/messages", {"nick": "eva", "text": "seen-in-the-monitor"})
    monitor.expect("seen-in-the-monitor")
    monitor.type("q")
    assert monitor.wait() == 0


def test_the_monitor_asks_for_the_password(
    site: LiveServer, token: str, terminal: OpenTerminal
) -> None:
    monitor = terminal("monitor", site.url)
    monitor.expect("Email")
    monitor.type(f"{EMAIL}\r")
    monitor.expect("Password")
    monitor.type(f"{PASSWORD}\r")
    monitor.expect("latest changes")
    assert PASSWORD not in monitor.output
    monitor.type("q")
    assert monitor.wait() == 0


def test_the_chat_runs_in_a_terminal_and_survives_a_kill(
    site: LiveServer, terminal: OpenTerminal
) -> None:
    chat = terminal("chat", "join", "lobby", site.url)
    chat.expect("Nick")
    chat.type("pia\r")
    chat.expect("members")
    chat.expect("connected")
    chat.type("typed-in-a-terminal\r")
    wait_until(lambda: newest(site)["text"] == "typed-in-a-terminal")
    site.kill()
    chat.expect("reconnecting in")
    chat.type("typed-while-it-was-away\r")
    site.start()
    wait_until(lambda: newest(site)["text"] == "typed-while-it-was-away")
    assert newest(site)["nick"] == "pia"
    chat.type("\x11")
    assert chat.wait() == 0


def test_without_a_terminal_the_monitor_writes_json(
    environment: dict[str, str], site: LiveServer, token: str
) -> None:
    arguments = ("monitor", site.url, "--interval", "0.2")
    with pipes.running(environment, *arguments, ME_TOKEN=token) as monitor:
        assert monitor.stdout is not None
        lines = [json.loads(monitor.stdout.readline()) for _ in range(3)]
        assert lines[2]["messages_per_second"] == 0
        assert lines[0]["memory"] > 1e6
        monitor.send_signal(signal.SIGINT)
        _, errors = monitor.communicate(timeout=WAIT_SECONDS)
        assert (monitor.returncode, errors) == (130, "")


@pytest.mark.parametrize(
    "arguments", [["monitor", "--interval", "0.2"], ["chat", "join", "--follow", "lobby"]]
)
def test_a_program_ends_with_the_one_that_reads_its_output(
    environment: dict[str, str], site: LiveServer, token: str, arguments: list[str]
) -> None:
    with pipes.running(environment, *arguments, site.url, ME_TOKEN=token) as program:
        assert program.stdout is not None and program.stderr is not None
        site.post("/chat/rooms/lobby/messages", {"nick": "eva", "text": "something to write"})
        assert program.stdout.readline()
        program.stdout.close()

        def ended_after_more() -> bool:
            site.post("/chat/rooms/lobby/messages", {"nick": "eva", "text": "and more"})
            return program.poll() is not None

        wait_until(ended_after_more)
        assert (program.returncode, program.stderr.read()) == (141, "")


def test_without_a_terminal_lines_are_posted_and_messages_written(
    run: pipes.Run, environment: dict[str, str], site: LiveServer
) -> None:
    arguments = ("chat", "join", "lobby", site.url)
    first = run(*arguments, "--nick", "liv", typed="from a pipe\n\n/help\n")
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[-1] == "liv: from a pipe"
    assert "/nick NAME" in first.stderr
    # The secret and the nick are kept, readable by nobody else.
    kept = Path(environment["XDG_STATE_HOME"]) / "me-api"
    assert [path.stat().st_mode & 0o777 for path in kept.iterdir()] == [0o600]
    again = run(*arguments, typed="the same guest\n")
    assert again.returncode == 0, again.stderr
    assert newest(site)["nick"] == "liv"
    read = run(*arguments, "--read-only")
    assert read.stdout.splitlines()[-2:] == ["liv: from a pipe", "liv: the same guest"]


def test_what_is_not_posted_is_said_and_is_the_exit_code(run: pipes.Run, site: LiveServer) -> None:
    done = run("chat", "join", "lobby", site.url, "--nick", "liv", typed="/nope\nfine\n")
    assert done.returncode == 1
    assert "not posted: /nope: There is no command /nope" in done.stderr
    assert newest(site)["text"] == "fine"


def test_what_is_wrong_has_its_line_and_its_exit_code(
    run: pipes.Run, site: LiveServer, token: str
) -> None:
    create_user(site, "mia")
    member = log_in(site, "mia")
    nowhere = f"http://127.0.0.1:{free_port()}"
    for arguments, given, code, words in (
        (
            ["monitor", nowhere],
            token,
            3,
            f"{nowhere}/: The server cannot be reached: Connection",
        ),
        (["monitor", f"{site.url}/elsewhere"], token, 5, "There is no me-api at"),
        (["monitor", "ftp://example.com"], token, 2, "is no address"),
        (["monitor", site.url], "nonsense", 4, "The token is not valid"),
        (["monitor", site.url], member, 4, "Only an owner"),
        (["monitor", site.url], "", 2, "set ME_TOKEN"),
        (["monitor"], token, 2, "Missing argument"),
        (["chat", "join", "no-room", site.url], member, 4, "There is no room"),
        (["chat", "join", "lobby", site.url], "", 2, "--nick"),
        (["chat", "join", "lobby", site.url, "--nick", "mia"], "", 4, "is registered"),
        (["chat", "join", "lobby", site.url, "--nick", "a", "--read-only"], "", 2, "--nick is"),
    ):
        done = run(*arguments, typed="hej\n", ME_TOKEN=given)
        assert (done.returncode, done.stderr.count("Traceback")) == (code, 0), done.stderr
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == (1 if code != 2 else 4), done.stderr


def test_help_is_that_of_the_program(environment: dict[str, str], site: LiveServer) -> None:
    shown = site.flask("chat", "join", "--help").stdout
    assert shown.startswith("Usage: flask chat join [OPTIONS] ROOM [URL]")
