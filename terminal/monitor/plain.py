"""The monitor without a screen: a line of JSON for each measurement, for other programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from time import monotonic
from typing import TextIO

from terminal.monitor.feed import Measured, Status, Update
from terminal.monitor.figures import figures
from terminal.monitor.numbers import Numbers
from terminal.output import write_line
from terminal.text import one_line


class PlainMonitor:
    """Writes the figures to one file, and lost and new connections to another."""

    def __init__(self, output: TextIO, messages: TextIO) -> None:
        self._output = output
        self._messages = messages
        self._numbers = Numbers()
        self._away: set[str] = set()

    def take(self, update: Update) -> None:
        """Write an update, if it is one that is written."""
        match update:
            case Measured(state):
                self._numbers.add(state, monotonic())
                line = {"time": state["time"], **asdict(figures(self._numbers))}
                write_line(self._output, json.dumps(line))
            case Status(source, None) if source in self._away:
                self._away.remove(source)
                self._say(f"{source}: connected again")
            case Status(source, str(problem)) if source not in self._away:
                self._away.add(source)
                self._say(f"{source}: {problem} Reconnecting.")

    def _say(self, text: str) -> None:
        write_line(self._messages, f"flask monitor: {one_line(text)}")
