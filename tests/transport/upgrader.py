"""A client that polls, and upgrades to a WebSocket step by step."""

from collections.abc import Callable

from tests.support.frames import TEXT, FrameSocket
from tests.support.server import LiveServer
from tests.transport.assertions import SECONDS
from tests.transport.conftest import numbers
from tests.transport.web.test_http import SEPARATOR, Poller

JOIN = '42/chat,0["join",{"room":"lobby","limit":0}]'


class Upgrader(Poller):
    """A client of the chat, in the lobby if it is to `join`."""

    def __init__(self, server: LiveServer, *, join: bool = True) -> None:
        super().__init__(server)
        self.path = self.url.replace("polling", "websocket")
        assert self.send(f'40/chat,{{"nick":"upgrader{next(numbers)}"}}') == 200
        self.wait('42/chat,["ready"')
        if join:
            assert self.send(JOIN) == 200
            self.wait("43/chat,0")

    def poll(self) -> list[str]:
        reply = self.server.get(self.url, timeout=SECONDS)
        assert reply.status == 200, reply.body
        found = reply.body.decode().split(SEPARATOR)
        self.packets += found
        return found

    def open(self) -> FrameSocket:
        """Open a WebSocket beside the polling."""
        made = FrameSocket(self.server.host, self.server.port, self.path)
        assert made.status == 101
        return made

    def read(self, sock: FrameSocket, done: Callable[[list[str]], bool]) -> None:
        """Read packets from the WebSocket until the condition holds."""
        while not done(self.packets):
            came = sock.messages(SECONDS)
            self.packets += [data.decode() for kind, data in came if kind == TEXT]

    def probe(self, sock: FrameSocket) -> None:
        """Send the probe packet on the WebSocket."""
        sock.send("2probe")
        self.read(sock, lambda packets: "3probe" in packets)
        self.packets.remove("3probe")
