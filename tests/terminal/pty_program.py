"""A program in a terminal of its own: a real pty, whose output is kept."""

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Mapping

from tests.support.server import ROOT
from tests.support.wait import WAIT_SECONDS, wait_until

ROWS, COLUMNS = 40, 120


class Terminal:
    """Runs `python -m flask` with arguments in a pty."""

    def __init__(self, environment: Mapping[str, str], *arguments: str) -> None:
        self._output = b""
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env={**environment, "TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._ours, 65536)
            except OSError:  # The program has ended.
                return
            self._output += data

    @property
    def output(self) -> str:
        """All that the program has written."""
        return self._output.decode(errors="replace")

    def expect(self, text: str) -> None:
        """Wait until the program has written a text."""
        wait_until(lambda: text in self.output, WAIT_SECONDS, f"{text!r} in the terminal")

    def type(self, text: str) -> None:
        """Type a text; a carriage return is the enter key."""
        os.write(self._ours, text.encode())

    def wait(self) -> int:
        """Wait until the program has ended; return its exit code."""
        code = self.process.wait(WAIT_SECONDS)
        self._reader.join(WAIT_SECONDS)
        os.close(self._ours)
        return code

    def kill(self) -> None:
        """End the program if it runs."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
