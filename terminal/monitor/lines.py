"""Changes and log records as lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.text import Text

from terminal.text import one_line

MAX_TEXT = 300
"""The most characters that are shown of a text."""
LEVELS = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}


def change_line(kind: str, body: Mapping[str, Any]) -> Text:
    """Return a line for a change of a message, or of a report."""
    line = Text.assemble((f"{body['rev']:>7}  ", "dim"))
    if kind == "message":
        line.append(clock(body["edited"] or body["time"]), "dim")
        line.append(f"  {one_line(body['room'])} ", "cyan")
        line.append(f"{one_line(body['nick'])}: ", "bold")
        line.append(_content(body, body["text"]))
    else:
        line.append(clock(body["updated"]), "dim")
        line.append(f"  report {body['week']} ", "magenta")
        line.append(f"{one_line(body['author'])}: ", "bold")
        line.append(_content(body, body["title"]))
    return line


def log_line(record: Mapping[str, Any], node: str) -> Text:
    """Return a line for a record of the server's log."""
    line = Text.assemble((f"{clock(record['time'])} ", "dim"))
    if node:
        line.append(f"{one_line(node)} ", "cyan")
    line.append(record["level"], LEVELS.get(record["level"], "bold"))
    return line.append(f" {one_line(record['text'])[:MAX_TEXT]}")


def clock(time: str) -> str:
    """Return a time of the server, such as `08:15:30`, in the zone of this machine."""
    return datetime.fromisoformat(time).astimezone().strftime("%H:%M:%S")


def _content(body: Mapping[str, Any], text: str | None) -> Text:
    if body["deleted"]:
        return Text("deleted", "italic red")
    content = Text(one_line(text or "")[:MAX_TEXT])
    if body.get("edited"):
        content.append(" (edited)", "dim")
    return content
