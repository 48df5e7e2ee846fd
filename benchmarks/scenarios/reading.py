"""Reading over REST: pages of history, responses 304 Not Modified, and a report."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator

from benchmarks.http_load import get_request, open_requesters, send_request
from benchmarks.load import EventLoop
from benchmarks.results import Mark, Measurement, Measurements, MeasureSide, Plan, Row, Scenario
from benchmarks.scenarios.fanout import measure_rate
from benchmarks.seed import HTML, seed_ours, seed_peer
from benchmarks.servers import Express, MeApi, Server

CONNECTIONS = 32
LIMIT = 50
MESSAGES = "/chat/rooms/lobby/messages"
NEWEST = f"{MESSAGES}?limit={LIMIT}"
REPORT = "/reports/week/1"


def measure_ours(plan: Plan) -> Measurements:
    """Measure me-api on a database with a long room and a report."""
    rows = _rows(plan)
    server = MeApi()
    with server:
        seed_ours(server, rows)
        return _measure(server, plan, rows, "/healthz")


def measure_express(plan: Plan) -> Measurements:
    """Measure Express on a database with the same messages and report."""
    rows = _rows(plan)
    server = Express()
    seed_peer(server.database, rows)
    with server:
        return _measure(server, plan, rows, "/hello")


def _rows(plan: Plan) -> int:
    return plan.pick(100_000, 1_000_000)


def _measure(server: Server, plan: Plan, rows: int, hello: str) -> Measurements:
    port = server.port
    etag = _check(port, rows)
    unchanged = get_request(NEWEST, f"If-None-Match: {etag}\r\n")

    def run(requests: Callable[[], Iterator[bytes]], status: bytes = b"200") -> Measurement:
        loop = EventLoop()
        requesters = open_requesters(loop, port, requests, CONNECTIONS, status)
        measurement = measure_rate(loop, lambda: sum(r.responses for r in requesters), plan)
        for requester in requesters:
            requester.close()
        return measurement

    return {
        "history-newest": run(lambda: itertools.repeat(get_request(NEWEST))),
        "history-random": run(lambda: _random_pages(rows)),
        "history-304": run(lambda: itertools.repeat(unchanged), b"304"),
        "report": run(lambda: itertools.repeat(get_request(REPORT))),
        "hello": run(lambda: itertools.repeat(get_request(hello))),
    }


def _random_pages(rows: int) -> Iterator[bytes]:
    while True:
        yield get_request(f"{MESSAGES}?before={random.randrange(LIMIT + 1, rows)}&limit={LIMIT}")


def _check(port: int, rows: int) -> str:
    """Check the responses once, and return the ETag of the newest page."""
    status, headers, page = send_request(port, "GET", NEWEST)
    ids = [message["id"] for message in page["data"]]
    assert status == 200 and ids == list(range(rows - LIMIT + 1, rows + 1)), ids
    page = send_request(port, "GET", f"{MESSAGES}?before=1000&limit={LIMIT}")[2]
    assert [message["id"] for message in page["data"]] == list(range(1000 - LIMIT, 1000))
    assert page["page"]["older"] and page["page"]["newer"]
    assert send_request(port, "GET", REPORT)[2]["data"]["html"] == HTML
    return headers["etag"]


def sides(plan: Plan) -> dict[str, MeasureSide]:
    return {
        "me-api": lambda: measure_ours(plan),
        "Express": lambda: measure_express(plan),
    }


def _row(key: str, title: str, bound: float | None = None) -> Row:
    return Row(key, title, "requests/s", "Express", None if bound is None else Mark(bound))


SCENARIO = Scenario(
    "reading",
    (
        _row("history-newest", "GET the newest 50 messages", 1.5),
        _row("history-random", "GET 50 messages, random pages of a long room", 0.8),
        _row("history-304", "GET the newest 50, not modified", 1.5),
        _row("report", "GET a week's report", 1.0),
        _row("hello", "GET /healthz against Express' hello"),
    ),
    sides,
    notes=(
        "Reading: a room of 1,000,000 messages (100,000 in the short form), 32 persistent"
        " connections, each with one request in flight.",
    ),
)
