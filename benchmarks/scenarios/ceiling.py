"""The ceiling: how much this load generator can count, sent by something that does nothing else."""

from __future__ import annotations

import sys

from benchmarks.load import Load
from benchmarks.pubsub import Subscriber
from benchmarks.results import Figure, Figures, Measure, Plan, Row, Scenario
from benchmarks.scenarios.fanout import CLIENTS, rate
from benchmarks.servers import HERE, Server


class Blaster(Server):
    """Sends the same frames to everybody as fast as the kernel takes them."""

    name = "a bare sender"

    def command(self) -> list[str]:
        """Give the command that starts it."""
        return [sys.executable, str(HERE / "http_generator.py"), str(self.port)]


def measure(plan: Plan) -> Figures:
    """Measure how many frames a second are counted."""
    load = Load()
    with Blaster() as server:
        counted = [Subscriber(load, server.port) for _ in range(CLIENTS)]
        figure: Figure = rate(load, lambda: sum(reader.count for reader in counted), plan)
    return {"ceiling": figure}


def sides(plan: Plan) -> dict[str, Measure]:
    """Give what is to be measured."""
    return {"me-api": lambda: measure(plan)}


SCENARIO = Scenario(
    "ceiling",
    (Row("ceiling", "What the load generator itself can count", "frames/s", peer=None),),
    sides,
    notes=(
        "The ceiling is not a figure of me-api: `benchmarks/http_generator.py` writes blocks of"
        f" 64 frames to {CLIENTS} sockets and does nothing else.",
    ),
)
