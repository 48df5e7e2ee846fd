"""Parsing Server-Sent Events (HTML standard, section 9.2.6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """An event: the last id that was sent, the type and the data, which may be empty."""

    id: str
    kind: str
    data: str


async def events(chunks: AsyncIterator[bytes], last_id: str = "") -> AsyncIterator[ServerSentEvent]:
    """Yield each event, and each block that has only an id; an incomplete one does not count."""
    kind, has_id = "", False
    data: list[str] = []
    async for line in _lines(chunks):
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "id":
                last_id, has_id = value, True
            elif name == "event":
                kind = value
            elif name == "data":
                data.append(value)
        elif has_id or data:
            yield ServerSentEvent(last_id, kind or "message", "\n".join(data))
            kind, data, has_id = "", [], False


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Yield complete lines. Only line feeds end them, with or without a carriage return."""
    # Not str.splitlines, which also splits at characters that JSON leaves as they are.
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r").decode(errors="replace")
