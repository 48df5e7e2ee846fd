"""Send blocks of frames to everybody who connects: a sender that costs next to nothing."""

from __future__ import annotations

import select
import socket
import sys

FRAME = b"\x81\x7e\x00\xd0" + b"^" + b"x" * 207
BLOCK = FRAME * 64


def main(port: int) -> None:
    """Serve until killed."""
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    poll, readers = select.epoll(), {}
    poll.register(listener.fileno(), select.EPOLLIN)
    while True:
        for number, _ in poll.poll():
            if number == listener.fileno():
                sock, _ = listener.accept()
                sock.setblocking(False)
                readers[sock.fileno()] = (sock, [b""])
                poll.register(sock.fileno(), select.EPOLLOUT)
            else:
                blast(*readers[number])


def blast(sock: socket.socket, rest: list[bytes]) -> None:
    """Send a block, or what was left of the last one."""
    data = rest[0] or BLOCK
    try:
        rest[0] = data[sock.send(data) :]
    except OSError:
        rest[0] = data


if __name__ == "__main__":
    main(int(sys.argv[1]))
