"""Ceiling: how many frames a second the load generator can count, if the server costs nothing."""

from __future__ import annotations

import sys

from benchmarks.load import EventLoop
from benchmarks.pubsub import Subscriber
from benchmarks.results import Measurement, Measurements, MeasureSide, Plan, Row, Scenario
from benchmarks.scenarios.fanout import CLIENTS, measure_rate
from benchmarks.servers import HERE, Server


class FrameGenerator(Server):
    """Writes the same frames to every connection, as fast as the kernel accepts them."""

    name = "the frame generator"

    def command(self) -> list[str]:
        return [sys.executable, str(HERE / "frame_generator.py"), str(self.port)]


def measure(plan: Plan) -> Measurements:
    """Measure how many frames a second the load generator counts."""
    loop = EventLoop()
    with FrameGenerator() as server:
        subscribers = [Subscriber(loop, server.port) for _ in range(CLIENTS)]
        measurement: Measurement = measure_rate(
            loop, lambda: sum(s.count for s in subscribers), plan
        )
    return {"ceiling": measurement}


def sides(plan: Plan) -> dict[str, MeasureSide]:
    return {"me-api": lambda: measure(plan)}


SCENARIO = Scenario(
    "ceiling",
    (Row("ceiling", "What the load generator itself can count", "frames/s", peer=None),),
    sides,
    notes=(
        "The ceiling is not a figure of me-api: `benchmarks/frame_generator.py` writes blocks of"
        f" 64 frames to {CLIENTS} sockets and does nothing else.",
    ),
)
