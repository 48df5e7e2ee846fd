"""A fuzzer: random and mutated frames, whose responses are compared with those of `expected`.

`python -m tests.websocket.flood [frames] [seed]` sends a million in a minute or two and prints what
the server holds before, meanwhile and after; the tests send fewer. Hypothesis finds smaller
examples, but takes longer for each.
"""

import json
import random
import signal
import socket
import sys
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

from me_api.transport.websocket.frame_parser import FrameParser
from me_api.transport.websocket.frames import FrameError
from tests.support.frames import BINARY, CLOSE, PING, PONG, TEXT, Cut, FrameSocket, frame
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until

LARGEST = 20_000_000
SECONDS = WAIT_SECONDS
LETTERS = "aå😀\0z"
CODES = [999, 1000, 1001, 1005, 3000, 4000, 65_535]
EDGES = [b"", b"x" * 125, b"x" * 126, b"\xc3", b"\xe2\x82", b"\xff", b"x" * 300, b"x" * 70_000]

Sent = list[tuple[int, bytes]]


def expected(data: bytes, size: int) -> tuple[Sent, bool]:
    """Return the frames with which the echo responds, and whether it closes the connection."""
    events: list[tuple[int, str | bytes]] = []
    responses: Sent = []
    code = None
    try:
        FrameParser(size).receive_data(data, events)
    except FrameError as error:
        code = error.code
        reason = str(error).encode()
    for opcode, payload in events:
        raw = payload.encode() if isinstance(payload, str) else payload
        if opcode == CLOSE:
            return [*responses, (CLOSE, raw[:2])], True
        if opcode != PONG:
            responses.append((PONG if opcode == PING else opcode, raw))
    if code is not None:
        responses.append((CLOSE, code.to_bytes(2) + reason))
    return responses, code is not None


def exchange(server: LiveServer, data: bytes, cuts: list[int]) -> Sent:
    """Send bytes in pieces to the echo; return the responses, after comparing them."""
    responses, _ = expected(data, LARGEST)
    sock = FrameSocket(server.host, server.port, "/ws/echo")
    sock.answers_pings = False
    received: Sent = []
    try:
        for start, end in pairwise([0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]):
            sock.send_raw(data[start:end])
        while len(received) < len(responses):
            received += sock.messages(SECONDS)
        assert received == responses
        sock.sock.shutdown(socket.SHUT_WR)
        _read_nothing_more(sock)
    finally:
        sock.abort()
    return received


def _read_nothing_more(sock: FrameSocket) -> None:
    try:
        while True:
            assert list(sock.messages(SECONDS)) == []
    except Cut as cut:
        assert str(cut) == "closed by the server", cut


def held(server: LiveServer) -> dict[str, int]:
    """Return what a server run by `counted.py` holds."""
    assert server.process is not None
    before = server.log.count("held: ")
    server.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: server.log.count("held: ") > before, SECONDS, "the count")
    counts: dict[str, int] = json.loads(server.log.rpartition("held: ")[2])
    return counts


class Flood:
    """Generates streams of frames, most of them valid: what follows an invalid one is not read."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.frames = 0
        self.connections = 0
        self.closed: Counter[int] = Counter()

    def send(self, server: LiveServer, frames: int) -> None:
        """Send a number of frames, over as many connections as that takes."""
        goal = self.frames + frames
        while self.frames < goal:
            count = self._random.choice([5, 10, 20, 40, 80])
            data = b"".join(self._any() for _ in range(count))
            cuts = [self._random.randrange(len(data)) for _ in range(self._random.randrange(4))]
            responses = exchange(server, data, cuts)
            self.frames += count
            self.connections += 1
            if responses and responses[-1][0] == CLOSE:
                self.closed[int.from_bytes(responses[-1][1][:2])] += 1

    def _any(self) -> bytes:
        kinds = [self._valid, self._fragments, self._arbitrary, self._mutated]
        return self._random.choices(kinds, [94, 4, 1, 1])[0]()

    def _valid(self) -> bytes:
        opcode = self._random.choice([TEXT, TEXT, TEXT, BINARY, BINARY, PING, PONG])
        data = self._text() if opcode == TEXT else self._payload()
        return self._frame(opcode, data[:125] if opcode > CLOSE else data, final=True)

    def _fragments(self) -> bytes:
        data = self._text()
        parts = sorted(self._random.randrange(len(data) + 1) for _ in range(3))
        frames = b""
        for start, end in pairwise([0, *parts, len(data)]):
            frames += self._frame(0 if frames else TEXT, data[start:end], final=False)
            frames += self._frame(PING, b"between", final=True)
        return frames + self._frame(0, b"", final=True)

    def _arbitrary(self) -> bytes:
        final = self._random.random() < 0.5
        return self._frame(self._random.randrange(16), self._payload(), final=final)

    def _mutated(self) -> bytes:
        data = bytearray(self._random.choice([self._valid, self._arbitrary])())
        for _ in range(self._random.randrange(1, 4)):
            place = self._random.randrange(min(len(data), 16))
            how = self._random.randrange(4)
            if how == 0:
                data[place] ^= 1 << self._random.randrange(8)
            elif how == 1 and len(data) > 1:
                del data[place]
            elif how == 2:
                data.insert(place, self._random.randrange(256))
            else:
                data += data[place:]
        return bytes(data)

    def _text(self) -> bytes:
        count = self._random.choice([0, 1, 5, 20, 60])
        return "".join(self._random.choices(LETTERS, k=count)).encode()

    def _payload(self) -> bytes:
        code = self._random.choice(CODES).to_bytes(2) + b"x" * self._random.randrange(3)
        some = self._random.randbytes(self._random.randrange(20))
        edge = self._random.choices(EDGES, [*[10] * (len(EDGES) - 1), 1])[0]
        return self._random.choices([some, self._text(), code, edge], [3, 4, 1, 2])[0]

    def _frame(self, opcode: int, data: bytes, *, final: bool) -> bytes:
        return frame(opcode, data, final=final, mask=self._random.randbytes(4))


def main(frames: int = 1_000_000, seed: int = 1) -> None:
    """Send frames to a new server, and print what it holds."""
    with tempfile.TemporaryDirectory() as folder:
        server = LiveServer(Path(folder), entry="counted", websocket_max_bytes=LARGEST).start()
        flood = Flood(seed)
        try:
            for part in range(11):
                print(flood.frames, flood.connections, held(server), flush=True)
                flood.send(server, frames // 10 if part < 10 else 0)
            print(dict(flood.closed), server.get("/healthz").status)
        finally:
            server.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
