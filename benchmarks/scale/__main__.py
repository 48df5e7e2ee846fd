"""Simulate how many nodes, messages and connections one log can have, and write the tables.

Run `python -m benchmarks.scale` from the root of the project. It needs no server: its costs are
those that were measured; `make bench` runs it last, since what a delivery costs is read from the
results. The same seed gives the same tables.
"""

from __future__ import annotations

from dataclasses import replace

from benchmarks.scale.costs import US, Costs, Limits, Site
from benchmarks.scale.load import capacity, load
from benchmarks.scale.simulation import simulate
from benchmarks.table import RESULTS

PAGE = RESULTS / "scale.md"
NODES = (1, 2, 3, 5, 8, 16, 32)
POSTS = 20_000
"""Posts that are simulated for each line."""
WIDE = Limits(addresses=3)
SITES = {
    "Rooms of 30, a post a minute from each person": Site(30),
    "Rooms of 500, a post a minute from each person": Site(500),
    "Rooms of 5,000, a post in ten minutes from each person": Site(5000, 600),
    "Machines: rooms of 3, a post a second from each": Site(3, 1),
}
VARIANTS = {
    "as above": Site(3, 1),
    "a disk of 5 ms": Site(3, 1, Costs(fsync=0.005)),
    "a synchronous standby, 1.5 ms away": Site(3, 1, Costs(standby=0.0015)),
    "both": Site(3, 1, Costs(fsync=0.005, standby=0.0015)),
    "Redis": Site(3, 1, redis=True),
}
HEAD = """\
# How far one log reaches

Made by `python -m benchmarks.scale`: a simulation with the costs of
[`costs.py`](../scale/costs.py), not a measurement. [docs/scale.md](../../docs/scale.md) says what
they are, what was left out, and what follows. Each line is the most posts at which no part is used
above its limit: 70 % of a node's core, 70 % of the time of the log, 60,000 connections of a node,
28,232 ports of nginx for each node (three addresses of nginx here). The times are from a post until
it is on disk and has reached every node, at that rate.

A send to one connection takes {send:.1f} µs and each further message in it {deliver:.2f} µs, fitted
to the [measured](README.md) fan-out to 500 with 1 and with 64 messages in flight.
"""
TABLE = """
## {title}

| nodes | posts/s | deliveries/s | connections | limit | p50 | p99 | posts in a batch |
|--:|--:|--:|--:|---|--:|--:|--:|
"""
VARIED = """
## Machines again, 8 nodes, with something different

| what | posts/s | limit | p50 | p99 | the log alone allows |
|---|--:|---|--:|--:|--:|
"""


def main() -> None:
    """Simulate everything and write the page."""
    cost = Costs()
    text = HEAD.format(send=cost.send / US, deliver=cost.deliver / US)
    for title, site in SITES.items():
        text += TABLE.format(title=title)
        text += "".join(line(wide(site), nodes) for nodes in NODES)
    text += VARIED
    for what, site in VARIANTS.items():
        text += variant(what, wide(site))
    PAGE.write_text(text)
    print(text)


def wide(site: Site) -> Site:
    """Return the site with more addresses of nginx."""
    return replace(site, limits=WIDE)


def line(site: Site, nodes: int) -> str:
    posts = capacity(site, nodes)
    found, times = load(site, posts, nodes), simulate(site, posts, nodes, POSTS)
    cells = [f"{nodes}", f"{posts:,.0f}", f"{found.deliveries:,.0f}", f"{found.connections:,.0f}"]
    cells += [found.limit, _ms(times["p50"]), _ms(times["p99"]), f"{times['batch']:.1f}"]
    return f"| {' | '.join(cells)} |\n"


def variant(what: str, site: Site) -> str:
    posts = capacity(site, 8)
    found, times = load(site, posts, 8), simulate(site, posts, 8, POSTS)
    cost = site.costs
    busy = (cost.fsync + cost.standby + cost.batch) / cost.largest_batch + cost.stored
    cells = [what, f"{posts:,.0f}", found.limit, _ms(times["p50"]), _ms(times["p99"])]
    return f"| {' | '.join([*cells, f'{site.limits.core / busy:,.0f}'])} |\n"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
