"""Clients of streams and long-polls that open a new connection after each lost one."""

import http.client
import json
import threading
from contextlib import suppress
from typing import Any

from tests.recovery.scenario import World
from tests.support.proxy import Proxy
from tests.support.sse import EventStream, bodies
from tests.support.wait import WAIT_SECONDS

TURN = 0.1
"""Seconds of silence after which one looks whether to stop."""
PAUSE = 0.02


class Subscriber:
    """Collects changes and their newest position; its connections go through a proxy."""

    def __init__(self, world: World, path: str, since: int) -> None:
        self.proxy = Proxy(world.server.port)
        self.found: list[Any] = []
        self.rev = since
        self.error: BaseException | None = None
        self._path = path
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        self.proxy.cut()

    def has(self, body: Any) -> bool:
        """Return whether a change has arrived. Raises the error that ended the thread, if any."""
        if self.error is not None:
            raise self.error
        return body in self.found

    def end(self) -> None:
        """End the thread; a request in flight, such as a long-poll, is cut."""
        self._stop.set()
        self.proxy.close()
        self._thread.join(WAIT_SECONDS)

    def newest(self) -> dict[Any, Any]:
        """Return what a frontend shows: the newest version of each object."""
        revs = [body["rev"] for body in self.found]
        assert revs == sorted(set(revs)), f"doubled or out of order: {revs}"
        return {(body.get("room"), body.get("id", body.get("week"))): body for body in self.found}

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._subscribe()
            except (OSError, http.client.HTTPException):
                self._stop.wait(PAUSE)
            except BaseException as error:  # noqa: BLE001 - it is raised where the test looks
                self.error = error
                return

    def _subscribe(self) -> None:
        """Read changes from one connection until it ends."""
        raise NotImplementedError


class StreamSubscriber(Subscriber):
    """Reads a stream; an event that was cut does not count."""

    def _subscribe(self) -> None:
        last = str(self.rev)
        with EventStream("127.0.0.1", self.proxy.port, self._path, last=last) as stream:
            assert stream.status == 200, stream.body
            taken = 0
            while not self._stop.is_set():
                events = bodies(stream)
                self.found += events[taken:]
                taken, self.rev = len(events), int(stream.last_id)
                with suppress(TimeoutError):
                    stream.pump(TURN)


class PollSubscriber(Subscriber):
    """Requests changes again and again, from the position of each response."""

    def _subscribe(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.port, timeout=WAIT_SECONDS)
        try:
            while not self._stop.is_set():
                connection.request("GET", f"{self._path}?since={self.rev}&limit=3&wait=1")
                response = connection.getresponse()
                page = json.loads(response.read())
                assert response.status == 200, page
                self.found += page["data"]
                self.rev = page["rev"]
        finally:
            connection.close()
