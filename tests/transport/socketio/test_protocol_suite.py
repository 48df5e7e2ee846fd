"""The 32 cases of socket.io-protocol's test suite (v5), each for the reason that it tests.

The suite is in the repository socketio/socket.io, `docs/socket.io-protocol/v5-test-suite`.
"""

import json

import pytest

from tests.conftest import StartServer
from tests.transport.handshake_cases import HandshakeCases, HeartbeatCases
from tests.transport.suite import VIOLATION, Suite, SuiteSocket

ENTRY = "socketio_echo"
"""What the servers of both suites run."""
CUSTOM = "/custom,"
TWO = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'


@pytest.fixture
def sock(suite: Suite) -> SuiteSocket:
    """Open a WebSocket that is in no namespace."""
    made = suite.websocket()
    assert made.receive_text().startswith("0")
    return made


@pytest.fixture
def connected(sock: SuiteSocket) -> SuiteSocket:
    """Open a WebSocket that is in the main namespace."""
    sock.send("40")
    assert sock.receive_text().startswith("40{")
    assert sock.receive() == '42["auth",{}]'
    return sock


class TestHandshakeAndClose(HandshakeCases):
    """Cases 1 to 7, 12 and 13."""


class TestHeartbeat(HeartbeatCases):
    """Cases 8 to 11 of the suite."""


class TestUpgrade:
    """Cases 14 to 16 of the suite."""

    def upgrade(self, suite: Suite, query: str) -> SuiteSocket:
        """Open a WebSocket beside the polling, and upgrade to it."""
        sock = suite.websocket(query.replace("polling", "websocket"))
        sock.send("2probe")
        assert sock.receive() == "3probe"
        sock.send("5")
        sock.send("40")
        assert sock.receive_text().startswith("40{"), "it is upgraded"
        return sock

    def test_upgrades_from_polling_to_websocket(self, suite: Suite) -> None:
        self.upgrade(suite, suite.open_polling())

    def test_ignores_http_requests_with_the_same_sid_after_the_upgrade(self, suite: Suite) -> None:
        query = suite.open_polling()
        self.upgrade(suite, query)
        assert suite.fetch(query).status == 400

    def test_ignores_a_websocket_with_the_same_sid_after_the_upgrade(self, suite: Suite) -> None:
        query = suite.open_polling()
        self.upgrade(suite, query)
        assert suite.websocket(query.replace("polling", "websocket")).closes() == VIOLATION


class TestConnect:
    """Cases 17 to 23 of the suite."""

    @pytest.mark.parametrize("auth", ["", '{"token":"123"}'])
    @pytest.mark.parametrize("namespace", ["", CUSTOM])
    def test_allows_connection_to_a_namespace(
        self, sock: SuiteSocket, namespace: str, auth: str
    ) -> None:
        sock.send(f"40{namespace}{auth}")
        answer = sock.receive_text()
        assert answer.startswith(f"40{namespace}")
        handshake = json.loads(answer.removeprefix(f"40{namespace}"))
        assert handshake.keys() == {"sid"}
        assert isinstance(handshake["sid"], str)
        assert sock.receive() == f'42{namespace}["auth",{auth or "{}"}]'

    def test_disallows_connection_to_an_unknown_namespace(self, sock: SuiteSocket) -> None:
        sock.send("40/random")
        assert sock.receive() == '44/random,{"message":"Invalid namespace"}'

    def test_disallows_connection_with_an_invalid_handshake(self, sock: SuiteSocket) -> None:
        sock.send("4abc")
        assert sock.closes() == VIOLATION

    def test_closes_the_connection_if_no_handshake_is_received(
        self, start_server: StartServer
    ) -> None:
        """Pongs are due after 25 s: it is closed for want of CONNECT."""
        server = start_server("impatient", entry=ENTRY, connect_timeout=0.3)
        sock = Suite(server).websocket()
        sock.receive()
        assert sock.closes() == VIOLATION
        server.stop()


class TestDisconnect:
    """Cases 24 and 25 of the suite."""

    def test_disconnects_from_the_main_namespace(self, beating: Suite) -> None:
        sock = beating.websocket()
        sock.send("40")
        for _ in range(3):
            sock.receive()
        sock.send("41")
        assert sock.receive(ping=True) == "2", "nothing but the next ping"

    def test_connects_to_and_disconnects_from_a_custom_namespace(
        self, connected: SuiteSocket
    ) -> None:
        connected.send("40/custom")
        assert connected.receive_text().startswith("40/custom,{")
        assert connected.receive() == '42/custom,["auth",{}]'
        connected.send("41/custom")
        connected.send('42["message","message to main namespace"]')
        assert connected.receive() == '42["message-back","message to main namespace"]'


class TestMessage:
    """Cases 26 to 32 of the suite."""

    def test_sends_a_plain_text_packet(self, connected: SuiteSocket) -> None:
        connected.send('42["message",1,"2",{"3":[true]}]')
        assert connected.receive() == '42["message-back",1,"2",{"3":[true]}]'

    def test_sends_a_packet_with_binary_attachments(self, connected: SuiteSocket) -> None:
        connected.send(f'452-["message",{TWO}]')
        connected.send(b"\x01\x02\x03")
        connected.send(b"\x04\x05\x06")
        assert connected.receive() == f'452-["message-back",{TWO}]'
        assert connected.receive() == b"\x01\x02\x03"
        assert connected.receive() == b"\x04\x05\x06"

    def test_sends_a_plain_text_packet_with_an_ack(self, connected: SuiteSocket) -> None:
        connected.send('42456["message-with-ack",1,"2",{"3":[false]}]')
        assert connected.receive() == '43456[1,"2",{"3":[false]}]'

    def test_sends_a_packet_with_binary_attachments_and_an_ack(
        self, connected: SuiteSocket
    ) -> None:
        connected.send(f'452-789["message-with-ack",{TWO}]')
        connected.send(b"\x01\x02\x03")
        connected.send(b"\x04\x05\x06")
        assert connected.receive() == f"462-789[{TWO}]"
        assert connected.receive() == b"\x01\x02\x03"
        assert connected.receive() == b"\x04\x05\x06"

    @pytest.mark.parametrize(
        "packet",
        ["4abc", "42{}", '42abc["message-with-ack",1,"2",{"3":[false]}]'],
        ids=["unknown packet type", "invalid payload format", "invalid ack id"],
    )
    def test_closes_the_connection_upon_invalid_format(
        self, connected: SuiteSocket, packet: str
    ) -> None:
        connected.send(packet)
        assert connected.closes() == VIOLATION
