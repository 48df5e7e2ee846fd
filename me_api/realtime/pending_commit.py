"""Answering what a client has sent when its change is on disk, without a greenlet that waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from me_api.eventlog import Change, log


@dataclass(slots=True)
class PendingCommit:
    """What a handler returns whose answer depends on a change that has still to be committed.

    `answer` is called with the result of the change; for an event of Socket.IO it returns the
    acknowledgement. `refused` is called before an error is sent instead. Neither may wait.
    """

    # A greenlet that waits costs each message as much as decoding it. So those that clients send
    # most have none.
    change: Change
    answer: Callable[[Any], Any]
    refused: Callable[[], None] | None = None

    def commit(
        self, on_answer: Callable[[Any], None], on_error: Callable[[Exception], None]
    ) -> None:
        """Commit the change; call one of the functions, with the answer or with an error."""

        def stored(outcome: Any) -> None:
            try:
                if isinstance(outcome, Exception):
                    if self.refused is not None:
                        self.refused()
                    raise outcome
                answer = self.answer(outcome)
            except Exception as error:
                on_error(error)
            else:
                on_answer(answer)

        try:
            log.commit_then(self.change, stored)
        except Exception as error:
            # The database could not be opened.
            stored(error)
