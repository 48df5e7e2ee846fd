"""Clients of Server-Sent Events, for the scenario `native`."""

from __future__ import annotations

from benchmarks.client import Client


class SseClient(Client):
    """A client that only listens to the stream of its room.

    It is live as soon as it has received something after the head of the response, since the server
    sends a first line when the stream has started.
    """

    engineio_pings = False

    def _upgrade_request(self) -> str:
        path = f"/chat/rooms/{self.room}/stream"
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"

    def _read_upgrade_response(self) -> bool:
        assert self.buffer.startswith(b"HTTP/1.1 200"[: len(self.buffer)]), bytes(self.buffer[:200])
        if not self.buffer.partition(b"\r\n\r\n")[2]:
            return False
        self.buffer.clear()
        self._go_live()
        return True

    def _process_frames(self) -> None:
        """Ignore what is received before the client is counted, as nothing is posted then."""
        self.buffer.clear()
