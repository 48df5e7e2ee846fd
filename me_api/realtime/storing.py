"""Answering what a client has sent when its change is on disk, without a greenlet that waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from me_api.eventlog import Change


@dataclass(slots=True)
class Storing:
    """What a handler returns whose answer depends on a change that has still to be committed.

    `answer` is called with the result of the change. It must not wait. For an event of Socket.IO
    it returns the acknowledgement.
    """

    # A greenlet that waits costs each message as much as decoding it. So those that clients send
    # most have none.
    change: Change
    answer: Callable[[Any], Any]
