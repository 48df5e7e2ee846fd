"""Writing over REST: posts of messages and replaced reports, on disk before they are answered."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Container, Mapping
from contextlib import closing
from urllib.parse import urlencode

from benchmarks.http_load import run_load
from benchmarks.http_requests import body_request, send_request
from benchmarks.peer_servers import Bun, FastAPI, Fastify, Peer
from benchmarks.results import Mark, Measurements, MeasureSide, Plan, Row, Scenario
from benchmarks.seed import seed_ours, seed_peer
from benchmarks.servers import MeApi, Server

ROWS = 1000
REQUESTS = 5000
"""The number of different messages, and of different texts of the report."""
MESSAGES = "/chat/rooms/lobby/messages"
NEWEST = f"{MESSAGES}?limit=1"
REPORT = "/reports/week/1"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"

PEERS: Mapping[str, Callable[[], Peer]] = {
    "Bun": Bun,
    "Bun, batching": lambda: Bun(batching=1),
    "Fastify": Fastify,
    "Fastify, batching": lambda: Fastify(batching=1),
    "FastAPI": FastAPI,
}
"""Those that batch commit all writes of a turn of their event loop in one transaction."""
MARKS: Mapping[str, Mapping[str, float | None]] = {
    "Bun": {"post-form": 1.3, "post-json": 1.3, "put-report": 1.0},
    "Bun, batching": {"post-form": None, "post-json": None, "put-report": None},
    "Fastify": {"post-form": None, "post-json": None, "put-report": None},
    "Fastify, batching": {"post-form": 0.25, "post-json": 0.25, "put-report": None},
    "FastAPI": {"post-json": None},
}
"""For each peer and kind of request, the lowest ratio to it."""


def measure_ours(plan: Plan) -> Measurements:
    """Measure me-api with all kinds of requests."""
    server = MeApi()
    with server:
        token = seed_ours(server, ROWS)
        return _measure(server, token, plan, ("post-form", "post-json", "put-report"))


def measure_peer(name: str, make: Callable[[], Peer], plan: Plan) -> Measurements:
    """Measure a peer with the kinds of requests that it knows."""
    server = make()
    token = seed_peer(server.database, ROWS)
    with server:
        return _measure(server, token, plan, MARKS[name])


def _measure(server: Server, token: str, plan: Plan, kinds: Container[str]) -> Measurements:
    messages = [{"nick": "mos", "text": f"hej hej, för {n}:e gången"} for n in range(REQUESTS)]
    reports = [{"title": "Vecka 1", "text": f"Det *här* är text {n}."} for n in range(REQUESTS)]
    own = f"x-access-token: {token}\r\n"
    requests = {
        "post-form": [
            body_request("POST", MESSAGES, FORM, urlencode(m).encode()) for m in messages
        ],
        "post-json": [
            body_request("POST", MESSAGES, JSON, json.dumps(m).encode()) for m in messages
        ],
        "put-report": [
            body_request("PUT", REPORT, JSON, json.dumps(r).encode(), own) for r in reports
        ],
    }
    measurements = {}
    for kind, sent in requests.items():
        if kind in kinds:
            act, status = (_post, 201) if kind.startswith("post") else (_put, 204)
            before = act(server, token)
            load = run_load(server.port, sent, status, plan)
            after = act(server, token)
            assert after - before - 1 == load.responses, (before, after, load.responses)
            measurements[kind] = load.rate
    return measurements


def _post(server: Server, token: str) -> int:
    """Post a message, check that others can read it, and return how many are in the database."""
    port = server.port
    status, _, posted = send_request(port, "POST", MESSAGES, {"nick": "mos", "text": "hej"})
    assert status == 201 and posted["data"]["text"] == "hej", posted
    assert send_request(port, "GET", NEWEST)[2]["data"] == [posted["data"]]
    with closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as database:
        (count,) = database.execute("SELECT count(*) FROM messages").fetchone()
    return int(count)


def _put(server: Server, token: str) -> int:
    """Replace the report, check that it is stored and rendered, and return its rev."""
    port = server.port
    body = {"title": "Vecka 1", "text": "Det *här* är kontrollerat."}
    forged = {"x-access-token": f"{token[:-4]}AAAA"}
    assert send_request(port, "PUT", REPORT, body, forged)[0] == 401
    assert send_request(port, "PUT", REPORT, body, {"x-access-token": token})[0] == 204
    stored = send_request(port, "GET", REPORT)[2]["data"]
    assert stored["html"] == "<p>Det <em>här</em> är kontrollerat.</p>\n", stored
    rev: int = stored["rev"]
    return rev


def sides(plan: Plan) -> dict[str, MeasureSide]:
    peers = {
        name: lambda name=name, make=make: measure_peer(name, make, plan)
        for name, make in PEERS.items()
    }
    return {"me-api": lambda: measure_ours(plan), **peers}


TITLES = {
    "post-form": "POST a message, form",
    "post-json": "POST a message, JSON",
    "put-report": "PUT a week's report, with a token",
}


def _row(kind: str, peer: str) -> Row:
    bound = MARKS[peer][kind]
    return Row(kind, TITLES[kind], "requests/s", peer, None if bound is None else Mark(bound))


SCENARIO = Scenario(
    "writing",
    tuple(_row(kind, peer) for kind in TITLES for peer in MARKS if kind in MARKS[peer]),
    sides,
    notes=(
        "Writing: 32 persistent connections, each with one request in flight. Afterwards as many"
        " messages are in the database as there were responses, and the report's rev is as many"
        " higher. Peers that batch commit all writes of a turn of their event loop in one"
        " transaction. All render the report from Markdown: me-api by comrak and nh3, Fastify by"
        " marked, Bun by its own renderer.",
    ),
)
