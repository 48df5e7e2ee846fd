"""How long posts wait: clients that post one message after the other, and windows of time."""

import threading
import time
from collections.abc import Iterable
from http.client import HTTPConnection
from typing import Any, NamedTuple

CLIENTS = 2
"""Clients at each node, each of which posts one message after the other."""
FREEZE_SECONDS = 0.5


class Window(NamedTuple):
    """A time that is measured, or that of a post, by the monotonic clock of the machine."""

    begin: float
    end: float


class Waits(NamedTuple):
    """How long posts have waited, sorted."""

    seconds: list[float]

    def percentile(self, share: float) -> float:
        """Return the wait that this share of the posts does not exceed."""
        return self.seconds[int(len(self.seconds) * share)]

    @property
    def freezes(self) -> int:
        """The number of posts that have waited for too long."""
        return sum(wait > FREEZE_SECONDS for wait in self.seconds)


def window(seconds: float) -> Window:
    """Sleep for some seconds; return the moments of the beginning and the end."""
    begin = time.perf_counter()
    time.sleep(seconds)
    return Window(begin, time.perf_counter())


def waits(posts: Iterable[Window], windows: list[Window]) -> Waits:
    """Return how long the posts have waited that were under way in these windows."""
    return Waits(sorted(post.end - post.begin for post in posts if overlaps(post, windows)))


def overlaps(post: Window, windows: list[Window]) -> bool:
    """Return whether some of the time of a post is in one of these windows."""
    return any(post.begin < window.end and window.begin < post.end for window in windows)


def post(host: str, port: int, stop: Any, pipe: Any) -> None:
    """Post with some clients until `stop` is set; then send when each post began and ended."""
    posts: list[Window] = []
    threads = [
        threading.Thread(target=post_one_by_one, args=(host, port, stop, posts))
        for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    pipe.send("ready")
    for thread in threads:
        thread.join()
    pipe.send(posts)


def post_one_by_one(host: str, port: int, stop: Any, posts: list[Window]) -> None:
    """Post to the lobby, with ten milliseconds between two messages."""
    connection = HTTPConnection(host, port, timeout=60)
    headers, body = {"Content-Type": "application/json"}, b'{"nick":"mos","text":"hej"}'
    while not stop.wait(0.01):
        began = time.perf_counter()
        connection.request("POST", "/chat/rooms/lobby/messages", body, headers)
        response = connection.getresponse()
        response.read()
        if response.status != 201:
            raise RuntimeError(f"a post was answered with {response.status}")
        posts.append(Window(began, time.perf_counter()))
    connection.close()
