"""The simulation of docs/scale.md: its costs are the measured ones, its tables are current."""

import re

import pytest

from benchmarks.scale.__main__ import PAGE, SITES, line, wide
from benchmarks.scale.costs import US, Costs, Site, fit_delivery, measured
from benchmarks.scale.load import capacity, load
from benchmarks.scale.simulation import simulate

SMALL = "Rooms of 30, a post a minute from each person"


def test_the_cost_of_a_delivery_is_fitted_to_two_rates() -> None:
    rates = [1 / (5 * US / together + 0.2 * US) for together in (1, 64)]
    assert fit_delivery(*rates) == pytest.approx((5 * US, 0.2 * US))


@pytest.mark.parametrize("together", [4, 16])
def test_between_the_two_to_which_it_was_fitted_it_is_right_too(together: int) -> None:
    cost = Costs()
    rate = 1 / (cost.send / together + cost.deliver)
    assert rate == pytest.approx(measured(f"fanout-{together}/socket.io"), rel=0.15)


@pytest.mark.parametrize("nodes", [1, 3])
def test_its_table_is_what_it_finds(nodes: int) -> None:
    assert line(wide(SITES[SMALL]), nodes) in PAGE.read_text()


def test_a_post_alone_takes_what_its_steps_take() -> None:
    cost = Costs()
    found = simulate(Site(1), posts=0.01, nodes=1, count=200)
    steps = cost.batch + cost.stored + cost.fsync + cost.read_interval / 2
    steps += cost.post + (1.5 + 0.5 + 1.5) * cost.network
    assert found["p50"] == pytest.approx(steps, rel=0.02)
    assert found["batch"] == 1


def test_the_log_is_the_limit_of_machines_and_nodes_do_not_move_it() -> None:
    site = wide(SITES["Machines: rooms of 3, a post a second from each"])
    few, many = capacity(site, 16), capacity(site, 64)
    assert load(site, few, 16).limit == "log"
    assert many == pytest.approx(few)
    # Over the limit of the log, posts wait for ever longer.
    over = [simulate(site, 4 * many, 64, count)["p99"] for count in (20_000, 80_000)]
    assert over[1] > 2 * over[0]


def test_what_the_page_says_is_what_the_tables_say() -> None:
    page = re.sub(r"\s+", " ", (PAGE.parents[2] / "docs" / "scale.md").read_text())
    table = PAGE.read_text()
    assert "480,000 connections and 8,000 posts a second, with a p99 of 25 ms" in page
    assert "| 8 | 8,000 | 240,000 | 480,000 | connections of a node | 19.5 ms | 24.8 ms |" in table
    assert "about 43,000 posts a second" in page
    assert "| 42,830 |" in table and "28,978" in table and "25,844" in table
