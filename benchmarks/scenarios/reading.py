"""Reading over REST: pages of history as different clients ask for them, and small responses."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping

from benchmarks.http_load import run_load
from benchmarks.http_requests import (
    body_request,
    browser_requests,
    get_request,
    proxied_requests,
    send_request,
)
from benchmarks.peer_servers import Bun, Express, FastAPI, Fastify, Peer
from benchmarks.results import Mark, Measurements, MeasureSide, Plan, Row, Scenario
from benchmarks.seed import HTML, ROOMS, seed_ours, seed_peer
from benchmarks.servers import MeApi, Server

LIMIT = 50
RANDOM_PAGES = 20_000
POSTS_INTERVAL = 1 / 20
"""Seconds between two posts while the newest page is read."""
MESSAGES = "/chat/rooms/lobby/messages"
NEWEST = f"{MESSAGES}?limit={LIMIT}"
REPORT = "/reports/week/1"

PAGES = (
    "history-browsers",
    "history-proxied",
    "history-posting",
    "history-newest",
    "history-random",
)
SMALL = ("health", "rooms", "not-found", "invalid")
STATUS = {"history-304": 304, "not-found": 404, "invalid": 422}
MEASURED: Mapping[str, tuple[str, ...]] = {
    "me-api": (*PAGES, "history-token", "history-304", "report", *SMALL),
    "Bun": (*PAGES, "history-token", "report", *SMALL),
    "Fastify": (*PAGES, "history-token", "report", *SMALL),
    "Express": ("history-newest", "history-random", "history-304", "report"),
    "FastAPI": ("history-browsers", "history-proxied", "history-random", *SMALL),
}
"""The requests that each side is measured with."""


def measure_ours(plan: Plan) -> Measurements:
    """Measure me-api, behind one proxy, on a database with a long room and a report."""
    rows = _rows(plan)
    server = MeApi(trusted_proxies=1)
    with server:
        token = seed_ours(server, rows)
        return _measure(server, token, plan)


def measure_peer(make: Callable[[], Peer], plan: Plan) -> Measurements:
    """Measure a peer on a database with the same messages and report."""
    server = make()
    token = seed_peer(server.database, _rows(plan))
    with server:
        return _measure(server, token, plan)


def _rows(plan: Plan) -> int:
    return plan.pick(100_000, 1_000_000)


def _measure(server: Server, token: str, plan: Plan) -> Measurements:
    port, rows = server.port, _rows(plan)
    names = MEASURED[server.name]
    etag = _check(port, rows, token, names)
    own = f"x-access-token: {token}\r\n"
    requests = {
        "history-browsers": browser_requests(NEWEST),
        "history-proxied": proxied_requests(NEWEST),
        "history-newest": [get_request(NEWEST)],
        "history-random": [get_request(path) for path in random_pages(rows)],
        "history-token": [get_request(path, own) for path in random_pages(rows)],
        "history-304": [get_request(NEWEST, f"If-None-Match: {etag}\r\n")],
        "report": [get_request(REPORT)],
        "health": [get_request("/healthz")],
        "rooms": [get_request("/chat/rooms")],
        "not-found": [get_request("/nowhere")],
        "invalid": [body_request("POST", MESSAGES, "application/json", b'{"nick": "mos"}')],
        "history-posting": browser_requests(NEWEST),
    }
    measurements = {}
    for name, sent in requests.items():
        if name in names:
            posting = _poster(port) if name == "history-posting" else None
            measurements[name] = run_load(port, sent, STATUS.get(name, 200), plan, posting).rate
    return measurements


def random_pages(rows: int) -> list[str]:
    """Return the paths of pages anywhere in a room with so many messages."""
    firsts = (random.randrange(LIMIT + 1, rows) for _ in range(RANDOM_PAGES))
    return [f"{MESSAGES}?before={first}&limit={LIMIT}" for first in firsts]


def _poster(port: int) -> Callable[[], None]:
    """Return a function that posts a message, checks that it is in the newest page, and sleeps."""

    def post() -> None:
        due = time.perf_counter() + POSTS_INTERVAL
        body = {"nick": "mos", "text": f"posted while others read, at {due}"}
        status, _, posted = send_request(port, "POST", MESSAGES, body)
        newest = send_request(port, "GET", NEWEST)[2]["data"][-1]
        assert status == 201 and newest == posted["data"], newest
        time.sleep(max(0.0, due - time.perf_counter()))

    return post


def _check(port: int, rows: int, token: str, names: tuple[str, ...]) -> str | None:
    """Check the responses once, and return the ETag of the newest page, if it has one."""
    status, headers, page = send_request(port, "GET", NEWEST)
    ids = [message["id"] for message in page["data"]]
    assert status == 200 and ids == list(range(rows - LIMIT + 1, rows + 1)), ids
    before = f"{MESSAGES}?before=1000&limit={LIMIT}"
    page = send_request(port, "GET", before)[2]
    assert [message["id"] for message in page["data"]] == list(range(1000 - LIMIT, 1000))
    assert page["page"]["older"] and page["page"]["newer"]
    if "report" in names:
        assert send_request(port, "GET", REPORT)[2]["data"]["html"] == HTML
    if "history-token" in names:
        assert send_request(port, "GET", before, headers={"x-access-token": token})[2] == page
        forged = f"{token[:-4]}AAAA"
        assert send_request(port, "GET", before, headers={"x-access-token": forged})[0] == 401
    if "health" in names:
        assert send_request(port, "GET", "/healthz")[2] == {"data": {"status": "ok"}}
        found = send_request(port, "GET", "/chat/rooms")[2]["data"]
        assert [(room["name"], room["last_id"]) for room in found] == [
            (ROOMS[0], rows),
            (ROOMS[1], 0),
        ]
    return headers.get("etag")


def sides(plan: Plan) -> dict[str, MeasureSide]:
    return {
        "me-api": lambda: measure_ours(plan),
        "Bun": lambda: measure_peer(Bun, plan),
        "Fastify": lambda: measure_peer(Fastify, plan),
        "FastAPI": lambda: measure_peer(FastAPI, plan),
        "Express": lambda: measure_peer(Express, plan),
    }


TITLES = {
    "history-browsers": "GET the newest 50 messages",
    "history-proxied": "GET the newest 50, behind a proxy",
    "history-posting": "GET the newest 50, while 20 messages/s are posted",
    "history-newest": "GET the newest 50, every request the same bytes",
    "history-random": "GET 50 messages, random pages of a long room",
    "history-token": "GET 50 messages, random pages, with a token",
    "history-304": "GET the newest 50, not modified",
    "report": "GET a week's report",
    "health": "GET /healthz",
    "rooms": "GET the list of rooms",
    "not-found": "GET a path that does not exist: 404",
    "invalid": "POST a message without its text: 422",
}
MARKS = {
    "Bun": {
        "history-browsers": 1.2,
        "history-proxied": 1.2,
        "history-posting": 1.0,
        "history-token": 0.6,
    },
    "Fastify": {"history-random": 1.1, "history-token": 1.5},
    "FastAPI": dict.fromkeys(SMALL, 1.0),
    "Express": {"history-newest": 1.5, "history-random": 0.8, "history-304": 1.5, "report": 1.0},
}


def _row(key: str, title: str, peer: str) -> Row:
    bound = MARKS[peer].get(key)
    return Row(key, title, "requests/s", peer, None if bound is None else Mark(bound))


SCENARIO = Scenario(
    "reading",
    tuple(
        _row(key, title, peer)
        for key, title in TITLES.items()
        for peer in MARKS
        if key in MEASURED[peer]
    ),
    sides,
    notes=(
        "Reading: a room of 1,000,000 messages (100,000 in the short form), 32 persistent"
        " connections, each with one request in flight. The newest page is read by 5,000 browsers"
        " with different headers (User-Agent, Accept-Language, Referer; behind a proxy, whose"
        " X-Forwarded-For me-api trusts, also their addresses), unless every request is the same"
        " bytes. With a token: its signature is checked, and the user looked up in the database.",
    ),
)
