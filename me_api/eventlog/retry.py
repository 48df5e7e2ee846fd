"""Work of several commits that was begun and is recorded: it is tried until it has succeeded."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context

from me_api.concurrency import Loop
from me_api.storage.failures import RepeatedFailures

RETRY_SECONDS = 5.0
"""Seconds after a failure until the next attempt."""


def until_success(loop: Loop, what: str, work: Callable[[], object]) -> None:
    """Call a function in the background, with the contexts of now, again until it succeeds.

    `what` says in the log what has not been done yet, if it fails.
    """
    context, failures = copy_context(), RepeatedFailures(what)

    def attempt() -> None:
        try:
            work()
        except Exception as error:
            failures.log(error)
            loop.call_later(RETRY_SECONDS, context.copy().run, attempt)

    loop.spawn(context.copy().run, attempt)
