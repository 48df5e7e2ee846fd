"""A program in a terminal of its own: a real pty, whose output is kept."""

import fcntl
import os
import pty
import struct
import termios
import threading
from collections.abc import Mapping

from tests.support.forks import FLASK, ForkServer
from tests.support.wait import WAIT_SECONDS, wait_until

ROWS, COLUMNS = 40, 120


class Terminal:
    """Runs the flask command with arguments in a pty."""

    def __init__(
        self, fork_server: ForkServer, environment: Mapping[str, str], *arguments: str
    ) -> None:
        self._output = b""
        # Ours of theirs stays open: the program may open its own later.
        self._ours, self._theirs = pty.openpty()
        size = struct.pack("HHHH", ROWS, COLUMNS, 0, 0)
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, size)
        path = os.ttyname(self._theirs)
        self.process = fork_server.start(
            entry=FLASK,
            arguments=arguments,
            environment={**environment, "TERM": "xterm-256color"},
            input=path,
            log=path,
        )
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
        return self.process.wait(WAIT_SECONDS)

    def close(self) -> None:
        """End the program if it runs, and close the pty."""
        self.process.kill()
        self.process.wait(WAIT_SECONDS)
        os.close(self._theirs)
        self._reader.join(WAIT_SECONDS)
        os.close(self._ours)
