"""Writers of several servers on one PostgreSQL database, in threads and in processes."""

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from me_api.chat.message_changes import PostMessage
from me_api.eventlog.position import Position
from me_api.eventlog.postgresql_writer import PostgresqlWriter
from me_api.recovery.changes import SaveSession
from me_api.storage import engines
from tests.support.databases import connect, execute

ROOM = "lobby"
CREATE_ROOM = """
INSERT INTO rooms (name, title, guests, last_id, created) VALUES ('lobby', '', 'post', 0, '')
"""


class InterruptedWriter(PostgresqlWriter):
    """Calls `interrupt` once, after a batch has been decided and before it is stored."""

    interrupt: Callable[[], Any] | None = None
    commits = 0

    def _commit(self, token: str, statement: str, values: tuple[str, ...]) -> Any:
        self.commits += 1
        interrupt, self.interrupt = self.interrupt, None
        if interrupt is not None:
            interrupt()
        return super()._commit(token, statement, values)


class Server(InterruptedWriter):
    """The writer of a server, which has published all that is stored."""

    def __init__(self, url: str, node: str) -> None:
        self.url = url
        self.published = read_position(url)
        super().__init__(engines.writer_engine(url), node, lambda: self.published, time.sleep)

    def post(self, text: str, key: str | None = None) -> tuple[dict[str, Any], bool]:
        """Write a post; return the message, and whether it is new."""
        made: tuple[dict[str, Any], bool] = self.write([post(text, key)]).outcomes[0]
        return made

    def pid(self) -> int:
        """Return the process id of the connection in PostgreSQL."""
        pid: int = (
            self._connection.connect().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        )
        return pid


def post(text: str, key: str | None = None) -> PostMessage:
    return PostMessage(ROOM, text, "mos", False, "s", None, key)


def read_position(url: str) -> Position:
    with connect(url) as connection:
        return Position(*execute(connection, "SELECT head, epoch FROM log")[0])


def texts(url: str) -> list[str]:
    """Return the texts of all messages in the order of their ids."""
    with connect(url) as connection:
        return [text for (text,) in execute(connection, "SELECT text FROM messages ORDER BY id")]


def in_thread(function: Callable[[], Any]) -> "Future[Any]":
    """Run a function in a thread; return its future."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(function())
        except Exception as error:  # noqa: BLE001
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def write_for_ever(url: str) -> None:
    """Write posts and sessions without a pause; print a line once the first are stored."""
    server = Server(url, "paused")
    number = 0
    while True:
        number += 1
        session = SaveSession(f"p{number % 9}", "/", "s", None, 0, {})
        server.write([*(post(f"{number} {n}", f"{number} {n}") for n in range(20)), session])
        if number == 1:
            print("writing", flush=True)


if __name__ == "__main__":
    write_for_ever(sys.argv[1])
