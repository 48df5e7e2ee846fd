"""The tail: sends subscribers what they have missed, then each commit as it is published."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from me_api.errors import Gone
from me_api.eventlog.entry import Batch
from me_api.eventlog.publisher import PAGE, Publisher
from me_api.eventlog.subscriber import Subscriber

PAGES_CACHED = 64
"""The most pages that are cached for other subscribers that have missed the same changes."""


class Tail(Publisher):
    """Brings subscribers up to date, and publishes commits to those that are.

    A subscriber starts behind, and is sent pages until it has caught up. Then it is live, and each
    commit is broadcast to it. `subscribe`, `unsubscribe`, `pause` and `close` do not wait for it.
    """

    def start(self, subscriber: Subscriber) -> None:
        """Send the subscriber all it has missed, page by page, then make it live.

        Waits for the sink to drain whenever a page does not fit. Returns early if the subscriber
        is paused or closed, or if its sink never drains.
        """
        # What is missed stays in the log until it fits: a slow subscriber costs no memory.
        while subscriber.wants_pages:
            topics, position = dict(subscriber.topics), subscriber.position
            batch, upto = self._page(topics, position)
            fits = subscriber.sink.fits(batch)
            # Reading may have waited, and the subscriber may not be as it was.
            if not subscriber.is_at(topics, position):
                continue
            if not fits:
                if not subscriber.sink.drain():
                    return
            elif position < upto:
                self._send(subscriber, batch, upto)
            else:
                self._try_to_go_live(subscriber)

    def pause(self, subscriber: Subscriber) -> None:
        """Hold the subscriber at the delivered position; nothing is sent until it is resumed."""
        subscriber.pauses += 1
        self._stop_live(subscriber)

    def resume(self, subscriber: Subscriber) -> None:
        """End one pause; after the last one, send what was missed meanwhile, and make it live."""
        subscriber.pauses -= 1
        self.start(subscriber)

    def regroup(self, subscriber: Subscriber, change: Callable[[], None]) -> None:
        """Change the broadcaster of a subscriber's sink; it misses nothing and stays live."""
        for topic in subscriber.topics if subscriber.live else ():
            self._live.remove(subscriber, topic)
        change()
        for topic in subscriber.topics if subscriber.live else ():
            self._live.add(subscriber, topic)

    def check_cursor(self, since: int, epoch: str | None = None) -> None:
        """Raise `Gone` for a cursor of another log, or one beyond the end of this log."""
        if since > self.delivered:
            # The cursor may be from another process whose commits have not been read here yet.
            self.catch_up()
        if epoch not in (None, self.epoch):
            detail, code = "This cursor belongs to another log.", "foreign_epoch"
        elif since > self.delivered:
            detail, code = "This cursor is beyond the end of the log.", "beyond_head"
        else:
            return
        raise Gone(detail, code=code, extra={"rev": self.delivered, "epoch": self.epoch})

    def subscribe(self, subscriber: Subscriber, topic: str) -> None:
        """Add a topic from the delivered position on, so there is nothing to catch up with."""
        subscriber.topics[topic] = self.delivered
        if subscriber.live:
            self._live.add(subscriber, topic)

    def unsubscribe(self, subscriber: Subscriber, topic: str) -> None:
        """Remove a topic from a subscriber; do nothing if it does not have it."""
        subscriber.topics.pop(topic, None)
        self._live.remove(subscriber, topic)

    def close(self, subscriber: Subscriber) -> None:
        """Stop publishing to the subscriber, for good."""
        subscriber.closed = True
        self._stop_live(subscriber)

    def _send(self, subscriber: Subscriber, batch: Batch, upto: int) -> None:
        if batch.entries:
            self.statistics.replayed += len(batch.entries)
            subscriber.sink.push(batch)
        subscriber.position = upto

    def _page(self, topics: Mapping[str, int], after: int) -> tuple[Batch, int]:
        """Return a page of changes and its end; the same batch to all that have missed the same."""
        delivered = self.delivered
        if after >= delivered:
            return Batch([]), after
        # After a restart or an outage many clients reconnect at once, most of them from the same
        # position. One batch is read once, and encoded once, for all of them.
        starts = sorted((topic, max(after, start)) for topic, start in topics.items())
        key = (after, delivered, tuple(starts))
        if key in self._pages:
            return self._pages[key]
        page = self.read(topics, after, PAGE)
        missed = [e.as_seen_from(max(after, topics.get(e.topic, 0))) for e in page.entries]
        made = Batch(missed), page.upto
        # Reading may have waited, and what has been published meanwhile may delete a text.
        if self.delivered == delivered:
            if len(self._pages) >= PAGES_CACHED:
                self._pages.clear()
            self._pages[key] = made
        return made

    def _try_to_go_live(self, subscriber: Subscriber) -> None:
        """Make the subscriber live, unless something has been published while this has waited."""
        with self._lock:
            if subscriber.wants_pages and subscriber.position >= self.delivered:
                subscriber.live = True
                for topic in subscriber.topics:
                    self._live.add(subscriber, topic)

    def _stop_live(self, subscriber: Subscriber) -> None:
        if not subscriber.live:
            return
        subscriber.live = False
        subscriber.position = self.delivered
        for topic in subscriber.topics:
            self._live.remove(subscriber, topic)
