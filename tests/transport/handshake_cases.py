"""The cases that the test suites of both protocols share: handshake, heartbeat and close."""

import pytest

from tests.transport.suite import Suite, check_open

POLLING, WEBSOCKET = "EIO=4&transport=polling", "EIO=4&transport=websocket"
WRONG_EIO = ["transport={}", "EIO=abc&transport={}"]
WRONG_TRANSPORT = ["EIO=4", "EIO=4&transport=abc"]


class HandshakeCases:
    """`suite` answers pings late, so that nothing is closed by a ping timeout here."""

    def test_handshake_polling_opens_a_session(self, suite: Suite) -> None:
        reply = suite.fetch(POLLING)
        assert reply.status == 200
        check_open(reply.body.decode(), ["websocket"], suite.server)

    @pytest.mark.parametrize("query", [query.format("polling") for query in WRONG_EIO])
    def test_handshake_polling_fails_with_an_invalid_eio(self, suite: Suite, query: str) -> None:
        assert suite.fetch(query).status == 400

    @pytest.mark.parametrize("query", WRONG_TRANSPORT)
    def test_handshake_polling_fails_with_an_invalid_transport(
        self, suite: Suite, query: str
    ) -> None:
        assert suite.fetch(query).status == 400

    @pytest.mark.parametrize("method", ["POST", "PUT"])
    def test_handshake_polling_fails_with_an_invalid_method(
        self, suite: Suite, method: str
    ) -> None:
        assert suite.fetch(POLLING, method).status == 400

    def test_handshake_websocket_opens_a_session(self, suite: Suite) -> None:
        check_open(suite.websocket().receive_text(), [], suite.server)

    @pytest.mark.parametrize("query", [query.format("websocket") for query in WRONG_EIO])
    def test_handshake_websocket_fails_with_an_invalid_eio(self, suite: Suite, query: str) -> None:
        assert suite.websocket(query).status == 400

    @pytest.mark.parametrize("query", WRONG_TRANSPORT)
    def test_handshake_websocket_fails_with_an_invalid_transport(
        self, suite: Suite, query: str
    ) -> None:
        assert suite.websocket(query).status == 400

    def test_close_polling_closes_the_session(self, suite: Suite) -> None:
        query = suite.open_polling()
        with suite.start_poll(query) as poll:
            assert suite.fetch(query, "POST", "1").status == 200
            response = poll.recv(65_536)
        assert response.startswith(b"HTTP/1.1 200 ")
        assert response.endswith(b"\r\n\r\n6")
        assert suite.fetch(query).status == 400

    def test_close_websocket_closes_the_session(self, suite: Suite) -> None:
        sock = suite.websocket()
        sock.receive()
        sock.send("1")
        assert sock.closes() == [1000]


class HeartbeatCases:
    """`beating` pings several times a second."""

    def test_heartbeat_polling_sends_pings(self, beating: Suite) -> None:
        query = beating.open_polling()
        for _ in range(3):
            poll = beating.fetch(query)
            assert (poll.status, poll.body) == (200, b"2")
            assert beating.fetch(query, "POST", "3").status == 200

    def test_heartbeat_polling_closes_the_session_upon_ping_timeout(self, beating: Suite) -> None:
        query = beating.open_polling()
        assert beating.fetch(query).body == b"2"
        assert beating.fetch(query).body == b"1"
        assert beating.fetch(query).status == 400

    def test_heartbeat_websocket_sends_pings(self, beating: Suite) -> None:
        sock = beating.websocket()
        sock.receive()
        for _ in range(3):
            assert sock.receive(ping=True) == "2"
            sock.send("3")

    def test_heartbeat_websocket_closes_the_session_upon_ping_timeout(self, beating: Suite) -> None:
        sock = beating.websocket()
        sock.receive()
        assert sock.receive(ping=True) == "2"
        assert sock.closes() == [1000]
