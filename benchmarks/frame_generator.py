"""Write blocks of WebSocket frames to every connection, as fast as the kernel accepts them.

There is no handshake: this measures how many frames the load generator itself can count.
"""

from __future__ import annotations

import select
import socket
import sys

FRAME = b"\x81\x7e\x00\xd0" + b"^" + b"x" * 207
BLOCK = FRAME * 64


def main(port: int) -> None:
    """Accept connections and write to them until the process is killed."""
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    poll, connections = select.epoll(), {}
    poll.register(listener.fileno(), select.EPOLLIN)
    while True:
        for number, _ in poll.poll():
            if number == listener.fileno():
                sock, _ = listener.accept()
                sock.setblocking(False)
                connections[sock.fileno()] = (sock, [b""])
                poll.register(sock.fileno(), select.EPOLLOUT)
            else:
                write_block(*connections[number])


def write_block(sock: socket.socket, rest: list[bytes]) -> None:
    """Write the rest of the last block, or else a new one; put what was not sent into `rest`."""
    data = rest[0] or BLOCK
    try:
        rest[0] = data[sock.send(data) :]
    except OSError:
        rest[0] = data


if __name__ == "__main__":
    main(int(sys.argv[1]))
