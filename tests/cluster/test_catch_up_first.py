"""What other nodes have sent is passed on once the log is read; in this process."""

import pytest

from me_api.cluster.catch_up_first import CatchUpFirst
from tests.cluster.manual_loop import BUG, FAILURE, FakeLog, ManualLoop


@pytest.fixture
def loop() -> ManualLoop:
    return ManualLoop()


class Passing:
    """What other nodes have sent, numbered; `passed` is what was passed on."""

    def __init__(self, loop: ManualLoop, *errors: Exception) -> None:
        self.log = FakeLog(*errors)
        self.first = CatchUpFirst(loop)  # type: ignore[arg-type]
        self.first.start(self.log)  # type: ignore[arg-type]
        self.passed: list[int] = []

    def send(self, *numbers: int) -> None:
        for number in numbers:
            self.first.run(lambda number=number: self.passed.append(number))


def test_what_was_sent_is_passed_on_in_order_once_the_log_is_read(loop: ManualLoop) -> None:
    passing = Passing(loop)
    passing.send(1, 2)
    passing.first.run(lambda: passing.send(4))
    passing.send(3)
    assert passing.passed == []
    passing.log.is_current = True
    passing.send(5)
    loop.run()
    assert passing.passed == [1, 2, 3, 5, 4] and passing.log.reads == 1
    passing.send(6)
    assert passing.passed[-1] == 6, "at once: the log is read"


def test_what_was_sent_is_lost_where_the_log_cannot_be_read(
    loop: ManualLoop, caplog: pytest.LogCaptureFixture
) -> None:
    passing = Passing(loop, FAILURE, FAILURE)
    for _ in range(2):
        passing.send(1, 2)
        loop.run()
    assert passing.passed == []
    assert caplog.text.count("what other nodes have sent is lost: the server is gone") == 1
    passing.send(3)
    loop.run()
    assert passing.passed == [3]


def test_a_bug_while_the_log_is_read_is_raised_and_holds_up_nothing(loop: ManualLoop) -> None:
    passing = Passing(loop, BUG)
    passing.send(1)
    with pytest.raises(ValueError, match="a bug"):
        loop.run()
    passing.send(2)
    loop.run()
    assert passing.passed == [2]


def test_a_bug_in_what_is_passed_on_stops_nothing_else(
    loop: ManualLoop, caplog: pytest.LogCaptureFixture
) -> None:
    passing = Passing(loop)
    passing.send(1)
    passing.first.run(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    passing.send(2)
    loop.run()
    assert passing.passed == [1, 2]
    assert "was not passed on" in caplog.text and "ZeroDivisionError" in caplog.text
