"""What a test sees of a server's connections from outside, and clients that misbehave."""

import json
import os
import re
import socket
from pathlib import Path
from typing import Any

from tests.support.frames import CLOSE, Cut, FrameSocket
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until
from tests.support.wire import WireClient

CHAT = "/chat"
LOBBY = {"room": "lobby"}
SECONDS = WAIT_SECONDS


def connections(server: LiveServer) -> int:
    """Return the number of clients that the server counts as connected to the chat."""
    text = server.get("/metrics").body.decode()
    found = re.search(r'^me_api_connections\{namespace="/chat"\} (\S+)$', text, re.M)
    assert found, text
    return int(float(found[1]))


def sockets_of(server: LiveServer) -> int:
    """Return the number of sockets that the server's process has open to clients, also lost ones.

    Unix sockets do not count: PostgreSQL is reached by them, as the server needs it.
    """
    assert server.process is not None
    folder = f"/proc/{server.process.pid}/fd"
    local = {line.split()[6] for line in Path("/proc/net/unix").read_text().splitlines()[1:]}
    count = 0
    for name in os.listdir(folder):
        try:
            kind, _, inode = os.readlink(f"{folder}/{name}").partition(":")
        except FileNotFoundError:
            continue
        count += kind == "socket" and inode.strip("[]") not in local
    return count


def wait_for_cleanup(server: LiveServer, before: tuple[int, int]) -> None:
    """Wait until the server has no more clients and sockets than before."""
    wait_until(lambda: connections(server) == before[0], SECONDS, "the client being forgotten")
    wait_until(lambda: sockets_of(server) <= before[1], SECONDS, "the socket being closed")


def joined(server: LiveServer, nick: str, memory: Any = None) -> WireClient:
    """Connect a client that has joined the lobby."""
    client = WireClient(server.host, server.port, memory=memory)
    client.connect(CHAT, {"nick": nick})
    assert "data" in client.call(CHAT, "join", {**LOBBY, "limit": 0})
    return client


def post(client: WireClient, text: str) -> int:
    """Post a message and return its position."""
    rev: int = client.call(CHAT, "post", {**LOBBY, "text": text}, timeout=SECONDS)["data"]["rev"]
    return rev


def fill_lobby(server: LiveServer, messages: int, length: int) -> None:
    """Post messages of a length to the lobby, each of which begins with its number."""
    for number in range(messages):
        body = {"nick": "mos", "text": f"{number:06}".ljust(length, ".")}
        assert server.post("/chat/rooms/lobby/messages", body).status == 201


def answer_on_its_way(client: WireClient, ack_id: int) -> None:
    """Wait until the first bytes of a response have arrived, and leave them unread."""
    head = f"43{CHAT},{ack_id}[".encode()
    sock = client.socket.sock
    wait_until(lambda: head in sock.recv(65_536, socket.MSG_PEEK), SECONDS, "the answer")


def revs(client: WireClient) -> list[int]:
    """Return the positions of the messages that came as events, in their order."""
    return [int(args[-1]) for name, *args in client.events(CHAT) if name == "message"]


def ended_by_close(client: WireClient) -> list[int]:
    """Read until the server closes; return the codes it closed with. A reset fails."""
    return close_codes(client.socket)


def close_codes(sock: FrameSocket, *, answers: bool = True) -> list[int]:
    """Read until the server closes; return the codes of its close frames. A reset fails.

    A close frame that is not answered is waited for, by the server, for `CLOSE_SECONDS`.
    """
    codes: list[int] = []
    try:
        while True:
            for kind, data in sock.messages(SECONDS):
                if kind == CLOSE:
                    codes.append(int.from_bytes(data[:2], "big"))
                    if answers:
                        sock.send(data[:2], CLOSE)
    except Cut as cut:
        assert str(cut) == "closed by the server", cut
    return codes


def message_revs(packets: list[str]) -> list[int]:
    """Return the positions of the messages among Engine.IO packets."""
    return [int(json.loads(p[8:])[-1]) for p in packets if p.startswith('42/chat,["message"')]
