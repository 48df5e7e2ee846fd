"""Where a program writes: a screen, or lines for another program."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from terminal.failures import OutputClosed


def has_screen() -> bool:
    """Return whether input and output are a terminal that can show more than lines."""
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return is_terminal and os.environ.get("TERM", "dumb") != "dumb"


def write_line(file: TextIO, line: str) -> None:
    """Write a line at once; raise `OutputClosed` if nobody reads the file any longer."""
    try:
        print(line, file=file, flush=True)
    except BrokenPipeError:
        # Otherwise Python would try once more at its end, and print that it cannot.
        os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())
        raise OutputClosed from None
