"""Whatever happens to the change of a message, the message is answered once."""

from collections.abc import Callable
from typing import Any

import pytest

from me_api.errors import Conflict
from me_api.eventlog import Change
from me_api.realtime import pending_commit
from me_api.realtime.pending_commit import PendingCommit


class Log:
    """A log in which every change has the same outcome, an error at once if it `fails`."""

    def __init__(self, outcome: object, *, fails: bool = False) -> None:
        self.outcome, self.fails = outcome, fails

    def commit_then(self, change: Change, function: Callable[[Any], None]) -> None:
        if self.fails and isinstance(self.outcome, Exception):
            raise self.outcome
        function(self.outcome)


class Nothing(Change):
    def apply(self, transaction: Any) -> None:
        raise NotImplementedError


ERROR = Conflict("no", code="refused")


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (Log(2), [("answer", 5)]),
        (Log(ERROR), ["refused", ("error", ERROR)]),
        (Log(ERROR, fails=True), ["refused", ("error", ERROR)]),
    ],
    ids=["stored", "refused", "not opened"],
)
def test_a_change_is_answered_once(
    monkeypatch: pytest.MonkeyPatch, log: Log, expected: list[object]
) -> None:
    done: list[object] = []
    monkeypatch.setattr(pending_commit, "log", log)
    PendingCommit(Nothing(), lambda number: 10 // number, lambda: done.append("refused")).commit(
        lambda answer: done.append(("answer", answer)), lambda error: done.append(("error", error))
    )
    assert done == expected


def test_an_answer_with_a_bug_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[Exception] = []
    monkeypatch.setattr(pending_commit, "log", Log(0))
    PendingCommit(Nothing(), lambda number: 10 // number).commit(pytest.fail, errors.append)
    assert [type(error) for error in errors] == [ZeroDivisionError]
