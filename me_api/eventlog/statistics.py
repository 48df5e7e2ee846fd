"""What is measured of a log."""

from __future__ import annotations

from dataclasses import dataclass, field

from me_api.metrics.histogram import Histogram


@dataclass(slots=True)
class LogStatistics:
    """Counted where it happens, and read whenever metrics are asked for."""

    commit_seconds: Histogram = field(default_factory=Histogram)
    """How long transactions have taken, until they were on disk. Counted in the native thread."""
    publish_seconds: Histogram = field(default_factory=Histogram)
    """From then on until the commit was queued for every live subscriber."""
    failing: bool = False
    """Whether nothing could be stored the last time."""
    waiting: int = 0
    """Changes that are queued, or in a transaction."""
    replayed: int = 0
    """Changes that were sent to subscribers which had missed them."""
    pages_read: int = 0
    """Pages of missed changes that were read from the database, not from the replay buffer."""
