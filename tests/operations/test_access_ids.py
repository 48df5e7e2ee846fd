"""The ids and addresses of requests in the access log: whose proxies give them."""

import re

import pytest

from tests.conftest import MakeServer
from tests.operations.access_lines import ID, line_for, line_of
from tests.support.server import LiveServer
from tests.support.wait import wait_until

MESSAGES = "/chat/rooms/lobby/messages"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("6.6.6.6, 2001:db8::1, 10.0.0.2", "2001:db8::1"),
        ("203.0.113.7", "127.0.0.1"),
        (None, "127.0.0.1"),
    ],
)
def test_the_address_is_that_which_the_outermost_trusted_proxy_has_seen(
    behind_proxies: LiveServer, forwarded: str | None, address: str
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    for path in (MESSAGES, MESSAGES, "/readyz"):
        reply = behind_proxies.get(path, headers=headers)
        assert line_for(behind_proxies, reply)["address"] == address


def test_pages_of_other_origins_may_read_the_id(behind_proxies: LiveServer) -> None:
    for path in (MESSAGES, "/readyz"):
        reply = behind_proxies.get(path, headers={"Origin": "https://x.se"})
        assert ID in reply.headers["Access-Control-Expose-Headers"]


def test_a_trusted_proxy_gives_requests_their_ids(behind_proxies: LiveServer) -> None:
    for number, path in enumerate((MESSAGES, MESSAGES, "/readyz", "/nothing")):
        given = f"0f:{number}-given_by.nginx"
        reply = behind_proxies.get(path, headers={ID: given})
        assert reply.headers[ID] == given and line_of(behind_proxies, given)["target"] == path


@pytest.mark.parametrize("given", ["", "two words", "x" * 129, 'a"b', "å"])
def test_an_id_that_is_not_well_formed_is_replaced(behind_proxies: LiveServer, given: str) -> None:
    reply = behind_proxies.get("/healthz", headers={ID: given})
    assert re.fullmatch(r"[0-9a-f]{24}", reply.headers[ID])


def test_nobody_gives_ids_where_no_proxy_is_trusted(make_server: MakeServer) -> None:
    server = make_server(access_log="common")
    reply = server.get("/healthz", headers={ID: "mine", "X-Forwarded-For": "203.0.113.7"})
    assert reply.headers[ID] != "mine"
    wait_until(lambda: reply.headers[ID] in server.log)
    assert "203.0.113.7" not in server.log


def test_without_an_access_log_there_is_no_id(shared_server: LiveServer) -> None:
    for path in (MESSAGES, MESSAGES, "/readyz"):
        reply = shared_server.get(path, headers={"Origin": "https://x.se"})
        assert ID not in reply.headers
        assert ID not in reply.headers["Access-Control-Expose-Headers"]
    assert "GET" not in shared_server.log.partition("/docs\n")[2]
