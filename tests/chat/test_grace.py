"""The timer of the grace periods goes on, whatever happens when one of them ends."""

from me_api.chat.presence.grace import GracePeriods
from tests.eventlog.loops import StoppableLoop


def test_f37_an_error_when_a_grace_period_ends_stops_no_other() -> None:
    """F37: of the same kind as an indexer that stops."""
    loop, expired = StoppableLoop(), []

    def expire(room: str, sender: str) -> None:
        expired.append(sender)
        if sender == "first":
            raise KeyError(room)

    periods = GracePeriods(loop, expire)
    for sender in ("first", "second"):
        periods.start("lobby", sender, sender, 0.01)
    loop.wait_until(lambda: expired == ["first", "second"])
    periods.start("lobby", "third", "third", 0.01)
    loop.wait_until(lambda: expired[2:] == ["third"])
    loop.stop()
