"""Work that is tried until it has succeeded."""

import logging

import pytest

from me_api.errors import StorageUnavailable
from me_api.eventlog import retry
from tests.eventlog.loops import StoppableLoop


def test_it_is_tried_until_it_succeeds_and_a_failure_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(retry, "RETRY_SECONDS", 0.001)
    attempts: list[int] = []

    def work() -> None:
        attempts.append(len(attempts))
        if len(attempts) < 4:
            raise StorageUnavailable("The disk is full.")

    with caplog.at_level(logging.WARNING):
        retry.until_success(loop := StoppableLoop(), "it is not done yet", work)
        loop.wait_until(lambda: len(attempts) == 4)
    assert [record.getMessage() for record in caplog.records] == [
        "it is not done yet: The disk is full."
    ]
