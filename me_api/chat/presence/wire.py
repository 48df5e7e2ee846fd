"""What nodes send each other of presence, as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from me_api.chat.presence.replicas import Changes, Delta, Key, Snapshot, Value
from me_api.cluster import Soft


def delta(soft: Soft) -> Delta:
    """Parse the changes that a node has sent since its last message."""
    body = soft.body
    return Delta(soft.node, body["incarnation"], body["seq"], decode(body["changes"]))


def snapshot(soft: Soft) -> Snapshot:
    """Parse a part of a snapshot."""
    body = soft.body
    entries = {key: value for key, value in decode(body["entries"]).items() if value}
    return Snapshot(
        soft.node, body["incarnation"], body["seq"], body["part"], body["parts"], entries
    )


def encode(changes: Changes) -> list[list[Any]]:
    """Return changes, or entries, as JSON has them."""
    return [[*key, *value] if value else [*key] for key, value in changes.items()]


def decode(rows: Sequence[Sequence[Any]]) -> dict[Key, Value | None]:
    """Return changes, or entries, from the rows that `encode` has made."""
    return {
        (room, sender): (value[0], value[1], value[2]) if value else None
        for room, sender, *value in rows
    }


def chunks(entries: Mapping[Key, Value], size: int) -> Iterator[dict[Key, Value]]:
    """Return the entries in parts, the same ones for the same entries."""
    ordered = iter(sorted(entries.items()))
    while part := dict(islice(ordered, size)):
        yield part
