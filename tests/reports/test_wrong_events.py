"""Invalid Socket.IO events are refused, on one server for all tests, and change nothing."""

from typing import Any

import pytest

from tests.conftest import reported
from tests.reports.listeners import FIRST, code_of, enrol, listen
from tests.support.node import NodeClients
from tests.support.server import LiveServer


@pytest.fixture(scope="module")
def token(shared_server: LiveServer) -> str:
    """Register a user who has saved the only report; return their token."""
    token = enrol(shared_server, "mos")
    assert shared_server.post("/reports", FIRST, token=token).status == 201
    return token


@pytest.fixture
def server(shared_server: LiveServer, token: str, request: pytest.FixtureRequest) -> LiveServer:
    return reported(shared_server, request)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"since": -1}, (422, "invalid", "since")),
        ({"since": 0, "limit": 201}, (422, "invalid", "limit")),
        ({"since": 0, "wait": 1}, (422, "invalid", "wait")),
        ({"since": 2}, (410, "beyond_head", None)),
        ({"since": 0, "epoch": "foreign"}, (410, "foreign_epoch", None)),
    ],
)
def test_an_invalid_position_is_refused(
    node: NodeClients, server: LiveServer, payload: Any, expected: Any
) -> None:
    answer = listen(node, server).call("changes", payload)
    assert code_of(answer) == expected
    assert expected[0] != 410 or answer["rev"] == 1


def test_an_unknown_event_is_refused(node: NodeClients, server: LiveServer) -> None:
    assert code_of(listen(node, server).call("erase", {}))[:2] == (404, "unknown_event")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ([], ["text", "week"]),
        ([None], ["text", "week"]),
        ([{**FIRST, "week": "x"}], ["week"]),
        ([{**FIRST, "title": 1, "text": []}], ["title", "text"]),
        ([{**FIRST, "author": "ada"}], ["author"]),
        ([{**FIRST, "text": "x" * 50_001}], ["text"]),
        ([{**FIRST, "text": b"x"}], [None]),
        (["text"], [None]),
        ([[FIRST]], [None]),
        ([b"x"], [None]),
        ([FIRST, FIRST], [None]),
    ],
)
def test_an_invalid_payload_is_refused_with_every_fault(
    node: NodeClients, server: LiveServer, token: str, payload: list[Any], expected: list[Any]
) -> None:
    client = listen(node, server, token=token)
    answer = client.call("save", *payload)
    found = [(e["status"], e["code"], e.get("source")) for e in answer["errors"]]
    assert found == [(422, "invalid", source) for source in expected]
    assert client.call("save", FIRST)["data"]["rev"] == 1
