"""Reads that many greenlets ask for at once."""

from collections.abc import Iterator

import pytest

from me_api.storage.shared_reads import SharedReads
from tests.eventlog.loops import StoppableLoop


@pytest.fixture
def loop() -> Iterator[StoppableLoop]:
    """Create a loop that runs in the test's own thread."""
    made = StoppableLoop()
    yield made
    made.stop()


def test_one_reads_and_all_get_the_result(loop: StoppableLoop) -> None:
    shared, calls = SharedReads(loop), []

    def read() -> str:
        calls.append(len(calls))
        loop.turn()
        return f"read {len(calls)}"

    assert loop.together(*[lambda: shared.read("a", read)] * 100) == ["read 1"] * 100
    # What has ended is not shared: the next one reads again.
    assert shared.read("a", read) == "read 2"


def test_other_keys_are_read_beside_it(loop: StoppableLoop) -> None:
    shared = SharedReads(loop)

    def read(key: str) -> str:
        loop.turn()
        return key

    acts = [lambda key=key: shared.read(key, lambda: read(key)) for key in "abcabc"]
    assert loop.together(*acts) == list("abcabc")


def test_an_error_is_not_shared(loop: StoppableLoop) -> None:
    shared, calls = SharedReads(loop), []

    def read() -> str:
        calls.append(None)
        number = len(calls)
        loop.turn()
        if number == 1:
            raise OSError("once")
        return "read"

    first, *others = loop.together(*[lambda: shared.read("a", read)] * 4)
    assert isinstance(first, OSError)
    assert others == ["read"] * 3
