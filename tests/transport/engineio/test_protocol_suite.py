"""The 25 cases of engine.io-protocol's test suite (v4), each for the reason that it tests.

The suite is in the repository socketio/socket.io, `docs/engine.io-protocol/v4-test-suite`.
"""

import pytest

from tests.support.wait import wait_until
from tests.transport.assertions import SECONDS
from tests.transport.handshake_cases import HandshakeCases, HeartbeatCases
from tests.transport.suite import VIOLATION, Suite, SuiteSocket

ENTRY = "engineio_echo"
"""What the servers of both suites run."""


class TestHandshakeAndClose(HandshakeCases):
    """Cases 1 to 7, 21 and 22."""


class TestHeartbeat(HeartbeatCases):
    """Cases 17 to 20 of the suite."""


class TestMessagesOverPolling:
    """Cases 8 to 13 of the suite."""

    @pytest.mark.parametrize(
        "payload",
        ["4hello", "4test1\x1e4test2\x1e4test3", "4hello\x1ebAQIDBA=="],
        ids=["one", "several", "binary"],
    )
    def test_sends_and_receives_a_payload(self, suite: Suite, payload: str) -> None:
        query = suite.open_polling()
        push = suite.fetch(query, "POST", payload)
        assert (push.status, push.body) == (200, b"ok")
        poll = suite.fetch(query)
        assert (poll.status, poll.body) == (200, payload.encode())

    def test_closes_the_session_upon_invalid_packet_format(self, suite: Suite) -> None:
        query = suite.open_polling()
        assert suite.fetch(query, "POST", "abc").status == 400
        assert suite.fetch(query).status == 400

    def test_closes_the_session_upon_duplicate_poll_requests(self, suite: Suite) -> None:
        query = suite.open_polling()
        with suite.start_poll(query) as first:
            assert suite.fetch(query).status == 400
            response = first.recv(65_536)
        assert response.startswith(b"HTTP/1.1 200 ")
        assert response.endswith(b"\r\n\r\n1")
        assert suite.fetch(query).status == 400

    def test_closes_the_session_upon_cancelled_polling_request(self, suite: Suite) -> None:
        query = suite.open_polling()
        suite.start_poll(query).close()
        wait_until(lambda: suite.fetch(query, "POST", "3").status == 400, SECONDS)
        assert suite.fetch(query).status == 400


class TestMessagesOverWebSocket:
    """Cases 14 to 16 of the suite."""

    @pytest.mark.parametrize("message", ["4hello", b"\x01\x02\x03\x04"], ids=["text", "binary"])
    def test_sends_and_receives_a_packet(self, suite: Suite, message: str | bytes) -> None:
        sock = suite.websocket()
        sock.receive()
        sock.send(message)
        assert sock.receive() == message

    def test_closes_the_session_upon_invalid_packet_format(self, suite: Suite) -> None:
        sock = suite.websocket()
        sock.receive()
        sock.send("abc")
        assert sock.closes() == VIOLATION


class TestUpgrade:
    """Cases 23 to 25 of the suite."""

    def probe(self, suite: Suite, query: str) -> SuiteSocket:
        """Open a WebSocket beside the polling, and send the probe."""
        sock = suite.websocket(query.replace("polling", "websocket"))
        sock.send("2probe")
        assert sock.receive() == "3probe"
        return sock

    def test_upgrades_from_polling_to_websocket(self, suite: Suite) -> None:
        query = suite.open_polling()
        sock = self.probe(suite, query)
        poll = suite.fetch(query)
        assert (poll.status, poll.body) == (200, b"6")
        sock.send("5")
        sock.send("4hello")
        assert sock.receive() == "4hello"

    def test_ignores_http_requests_with_the_same_sid_after_the_upgrade(self, suite: Suite) -> None:
        query = suite.open_polling()
        sock = self.probe(suite, query)
        sock.send("5")
        sock.send("4upgraded")
        assert sock.receive() == "4upgraded"
        assert suite.fetch(query).status == 400
        sock.send("4hello")
        assert sock.receive() == "4hello"

    def test_ignores_a_websocket_with_the_same_sid_after_the_upgrade(self, suite: Suite) -> None:
        query = suite.open_polling()
        sock = self.probe(suite, query)
        sock.send("5")
        sock.send("4upgraded")
        assert sock.receive() == "4upgraded"
        assert suite.websocket(query.replace("polling", "websocket")).closes() == VIOLATION
        sock.send("4hello")
        assert sock.receive() == "4hello"
