"""What a process knows of a log that others write to as well: which version, and who may read."""

from __future__ import annotations

from typing import NamedTuple

PROOF_SECONDS = 1.0
"""Seconds for which a poll proves that nothing has been missed, from before it was sent."""


class Counters(NamedTuple):
    """What the table `log` counts beside its head.

    `generation` is the number of commits that have changed what readers see, `access` of those that
    have changed who may read what.
    """

    generation: int
    access: int


class SharedState:
    """The newest counters that are known, and those that have been acted on."""

    def __init__(self) -> None:
        self._generation = self.access = -1
        self._followed = -1
        self._polled = float("-inf")

    def note(self, counters: Counters) -> None:
        """Note counters, from a commit of this process, a ring or a poll, in any order."""
        self._generation = max(self._generation, counters.generation)
        self.access = max(self.access, counters.access)

    def record_poll(self, counters: Counters, sent: float) -> None:
        """Note the counters of a poll that was sent at this moment."""
        self.note(counters)
        self._polled = max(self._polled, sent)

    def version(self, now: float) -> int | None:
        """Return the generation; None if it may be an old one."""
        # A node that was paused, or cut off, or does not receive rings any longer must not answer
        # from its memory. No message is needed for that: it is the lack of one.
        return self._generation if now - self._polled <= PROOF_SECONDS else None

    @property
    def access_changed(self) -> bool:
        """Whether it has changed who may read what, since that was last followed."""
        return self.access != self._followed

    def followed(self, access: int) -> None:
        """Note that all is as this counter says."""
        self._followed = access
