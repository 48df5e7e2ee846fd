"""A session whose change could not be stored, after another of the same connection; in-process."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from me_api.auth.identity import Identity
from me_api.errors import StorageUnavailable
from me_api.eventlog import Subscriber
from me_api.realtime import stored_session
from me_api.realtime.connection import Connection


class FakeLog:
    """Fails the first commit, after what is done meanwhile; records which topics are stored."""

    def __init__(self) -> None:
        self.stored: list[dict[str, int]] = []
        self.meanwhile: list[Callable[[], object]] = []

    def commit(self, change: Any) -> None:
        if self.meanwhile:
            acts, self.meanwhile = self.meanwhile, []
            for act in acts:
                act()
            raise StorageUnavailable("Nothing was stored: the disk is full.")
        self.stored.append(change.topics)

    commit_later = commit


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> FakeLog:
    made = FakeLog()
    monkeypatch.setattr(stored_session, "log", made)
    monkeypatch.setattr(stored_session, "cluster", SimpleNamespace(has_others=False))
    return made


def connect() -> Connection:
    """Return a connection in the room `a`."""
    namespace: Any = SimpleNamespace(name="/chat", recovers=True)
    peer: Any = None
    made = Connection(
        peer,
        namespace=namespace,
        identity=Identity(),
        pid="pid",
        start=0,
        saved_topics={"a": 1},
    )
    made.subscriber = Subscriber(made, made.saved_topics, 0)
    return made


def test_what_another_save_has_stored_is_undone(log: FakeLog) -> None:
    one = connect()
    log.meanwhile = [lambda: one.save_topic("c", 3)]
    with pytest.raises(StorageUnavailable):
        one.save_topic("b", 2)
    assert log.stored == [{"a": 1, "b": 2, "c": 3}, {"a": 1, "c": 3}]


def test_but_not_over_what_the_same_client_has_stored_on_its_next_connection(log: FakeLog) -> None:
    """Its room was missing from the session, and what was said there from the next recovery."""
    one, following = connect(), connect()

    def close() -> None:
        one.subscriber.closed = True

    log.meanwhile = [
        lambda: one.save_topic("c", 3),
        close,
        lambda: following.save_topic("d", 4),
    ]
    with pytest.raises(StorageUnavailable):
        one.save_topic("b", 2)
    assert log.stored[-1] == {"a": 1, "d": 4}
