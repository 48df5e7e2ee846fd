"""Rates and quantiles from metrics, of one server, of one that restarts, and of several."""

from typing import Any

import pytest

from terminal.monitor import units
from terminal.monitor.numbers import Numbers

BOUNDS = ("0.001", "0.01", "0.1", "+Inf")


def state(
    *counts: int, total: float = 0, node: str = "", started: str = "2026-11-30T07:00:00.000Z"
) -> dict[str, Any]:
    """Return what a server responds: a counter, and a histogram with cumulative counts."""
    buckets = [
        {"name": "wait_bucket", "labels": {"le": bound}, "value": count}
        for bound, count in zip(BOUNDS, counts or (0,) * len(BOUNDS), strict=True)
    ]
    counter = {"name": "sent_total", "labels": {"kind": "a"}, "value": total}
    return {"node": node, "started": started, "metrics": [counter, *buckets]}


def test_nothing_is_known_of_what_is_not_measured() -> None:
    numbers = Numbers()
    assert numbers.rate("sent_total") is None
    numbers.add(state(total=5), 0)
    assert numbers.value("sent_total") == 5
    assert numbers.rate("sent_total") is None
    assert numbers.value("other") is numbers.rate("other") is None
    assert numbers.quantile(0.99, "wait") is numbers.quantile(0.99, "other") is None


def test_a_rate_is_that_of_the_last_seconds() -> None:
    numbers = Numbers()
    for second in range(20):
        numbers.add(state(total=100 * second if second < 10 else 900), second)
    assert numbers.rate("sent_total") == 0
    numbers.add(state(total=1000), 20)
    assert numbers.rate("sent_total") == pytest.approx(10)


def test_a_rate_is_known_also_if_measurements_are_rare() -> None:
    numbers = Numbers()
    numbers.add(state(total=0), 0)
    numbers.add(state(total=600), 14)
    assert numbers.rate("sent_total") == pytest.approx(600 / 14)


def test_a_quantile_is_interpolated_in_its_bucket() -> None:
    numbers = Numbers()
    numbers.add(state(1000, 1000, 1000, 1000), 0)
    numbers.add(state(1000, 1100, 1100, 1100), 1)
    # All hundred lie between 1 and 10 ms.
    assert numbers.quantile(0.5, "wait") == pytest.approx(0.0055)
    numbers.add(state(1000, 1100, 1100, 1110), 2)
    assert numbers.quantile(0.99, "wait") == 0.1


def test_a_quantile_forgets_what_was_before_the_last_minute() -> None:
    numbers = Numbers()
    for second in range(0, 61, 5):
        numbers.add(state(0, 0, 50, 50), second)
    for second in range(65, 131, 5):
        numbers.add(state(second, second, 50 + second, 50 + second), second)
    slow = numbers.quantile(0.99, "wait")
    assert slow is not None and slow <= 0.001


def test_a_server_that_restarts_counts_from_zero() -> None:
    numbers = Numbers()
    numbers.add(state(9, 9, 9, 9, total=1000), 0)
    numbers.add(state(total=3, started="2026-11-30T08:00:00.000Z"), 1)
    assert numbers.rate("sent_total") is None
    numbers.add(state(total=5, started="2026-11-30T08:00:00.000Z"), 2)
    assert numbers.rate("sent_total") == 2


def test_nodes_are_summed_until_they_are_silent() -> None:
    numbers = Numbers()
    for second in range(4):
        numbers.add(state(total=10 * second, node="a"), second)
        numbers.add(state(0, second, second, second, total=second, node="b"), second)
    assert numbers.nodes == ["a", "b"]
    assert numbers.value("sent_total") == 33
    assert numbers.rate("sent_total") == 11
    assert numbers.by_label("sent_total", "kind") == {"a": 33}
    assert numbers.quantile(0.5, "wait") == pytest.approx(0.0055)
    numbers.add(state(total=50, node="a"), 30)
    assert numbers.nodes == ["a"]
    assert numbers.value("sent_total") == 50


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (units.seconds(0.000421), "0.42 ms"),
        (units.seconds(0.0123), "12.3 ms"),
        (units.seconds(0), "0 ms"),
        (units.seconds(2.5), "2.50 s"),
        (units.rate(1234.5), "1,234 /s"),
        (units.size(512), "512 B"),
        (units.size(88_300_000), "84.2 MiB"),
        (units.size(3 * 2**30), "3.00 GiB"),
        (units.share(0.421), "42%"),
        (units.count(12345), "12,345"),
        (units.duration(0.5), "0 s"),
        (units.duration(59), "59 s"),
        (units.duration(3 * 86400 + 4 * 3600 + 5), "3 d 4 h"),
        (units.duration(7200 + 5), "2 h 0 min"),
    ],
)
def test_numbers_are_short(text: str, expected: str) -> None:
    assert text == expected


def test_what_is_unknown_is_a_dash() -> None:
    shown = {units.seconds(None), units.rate(None), units.size(None), units.share(None)}
    assert shown == {units.count(None)} == {"–"}
