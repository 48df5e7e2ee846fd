"""The programs of docs/clients.md, run unchanged but for the server's address and the nick."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.support.node_process import NODE, SCRIPTS
from tests.support.server import ROOT
from tests.support.wait import WAIT_SECONDS, wait_until

CLIENTS = ROOT / "docs" / "clients.md"
ADDRESS = "//127.0.0.1:1337"
LINE_SECONDS = 90
"""How long a line may take: Socket.IO's client may notice after 45 s that a server was killed."""
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
"""With this environment's python3 before a script that chooses one, which takes 0.1 s each time."""
RUNNERS: dict[str, list[str]] = {
    "js": [str(NODE), "--input-type=module", "-e"],
    "mjs": [str(NODE), "--input-type=module", "-e"],
    "javascript": [str(NODE), "--input-type=module", "-e"],
    "python": [sys.executable, "-c"],
    "bash": ["bash", "-c"],
}


def snippet(language: str, url: str, nick: str) -> str:
    """Return the program in a language, with the address and the nick replaced."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", CLIENTS.read_text(), re.S | re.M)
    assert ADDRESS in found
    assert "doe" in found
    if url.startswith("https:"):
        found = found.replace(f"http:{ADDRESS}", f"https:{ADDRESS}")
        found = found.replace(f"ws:{ADDRESS}", f"wss:{ADDRESS}")
    program: str = found.replace(ADDRESS, url.partition(":")[2]).replace("doe", nick)
    return program


class Program:
    """A program that sends the lines of its standard input, and prints the messages it receives."""

    def __init__(self, language: str, url: str, nick: str) -> None:
        self.nick = nick
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._errors: list[str] = []
        self._process = subprocess.Popen(
            [*RUNNERS[language], snippet(language, url, nick)],
            cwd=SCRIPTS,
            env=os.environ | {"PATH": PATH},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._readers = [
            threading.Thread(target=read, name=f"reader of {nick}", daemon=True)
            for read in (self._read, self._listen)
        ]
        for reader in self._readers:
            reader.start()

    @property
    def lines(self) -> list[str]:
        """Return the lines shown so far."""
        with self._changed:
            return list(self._lines)

    @property
    def errors(self) -> str:
        """Return the errors shown so far."""
        return "".join(self._errors)

    def send(self, text: str) -> None:
        """Send a line through the program."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n")
        self._process.stdin.flush()

    def end_input(self) -> None:
        """Close its standard input; wait until it has ended, and no process of it can print."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(WAIT_SECONDS)
        self._readers[0].join(WAIT_SECONDS)
        assert not self._readers[0].is_alive()

    def wait_for_line(self, line: str, timeout: float = LINE_SECONDS) -> None:
        """Wait until the program shows a line."""
        with self._changed:
            received = self._changed.wait_for(lambda: line in self._lines, timeout)
            assert received, f"{self.nick} has not received {line!r}, but {self._lines}"

    def close(self) -> None:
        """Kill the program and all its child processes."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(WAIT_SECONDS)
        for reader in self._readers:
            reader.join(WAIT_SECONDS)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self._lines.append(line.rstrip("\n"))
                self._changed.notify_all()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._errors.append(line)
            sys.stderr.write(line)  # Which pytest shows where a test fails.


class Page:
    """The browser's program, with the same methods as the others."""

    def __init__(self, tab, folder: Path, site: str, url: str, nick: str) -> None:
        self.nick = nick
        (folder / f"{nick}.html").write_text(snippet("html", url, nick))
        self._tab = tab
        said: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("requestfailed", lambda request: said.append(f"{request.url}: {request.failure}"))
        tab.goto(f"{site}/{nick}.html")
        # Not `wait_for_function`, which asks at each animation frame: a tab behind may have none.
        runs = "document.querySelector('form').onsubmit !== null"
        try:
            wait_until(lambda: tab.evaluate(runs), what="the start of the program")
        except AssertionError as error:
            error.add_note(f"The page said: {said}")
            raise

    @property
    def lines(self) -> list[str]:
        """Return the lines shown so far."""
        lines: list[str] = self._tab.locator("li").all_text_contents()
        return lines

    @property
    def errors(self) -> str:
        """Return the errors shown so far."""
        errors: str = self._tab.locator("output").inner_text()
        return errors

    def send(self, text: str) -> None:
        """Send a line through the program."""
        self._tab.get_by_label("Message").fill(text)
        self._tab.keyboard.press("Enter")

    def wait_for_line(self, line: str, timeout: float = LINE_SECONDS) -> None:
        """Wait until the program shows a line."""
        shown = self._tab.locator("li").get_by_text(line, exact=True)
        shown.wait_for(state="attached", timeout=timeout * 1000)
