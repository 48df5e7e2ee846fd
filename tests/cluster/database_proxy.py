"""A proxy between a node and PostgreSQL, behind which the database can vanish."""

import selectors
import socket
from pathlib import Path

from tests.support.postgresql import USER
from tests.support.proxy import Proxy


class DatabaseProxy(Proxy):
    """Listens on a port of 127.0.0.1 and forwards to the Unix socket of a PostgreSQL server."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / ".s.PGSQL.5432"
        self._waiting: list[socket.socket] = []
        super().__init__(0)

    def url(self, name: str) -> str:  # type: ignore[override]
        """Return SQLAlchemy's URL of a database."""
        # A packet that is not acknowledged is sent again for three seconds.
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{name}?connect_timeout=2"

    def vanish(self) -> None:
        """Forward nothing, and answer nothing: not even that connections are refused."""
        self._command(self._stop_accepting)
        # The kernel drops what does not fit into the queue, which now holds one connection.
        while self._enters_queue():
            pass

    def come_back(self) -> None:
        """Reset what there is, and forward again."""
        for sock in self._waiting:
            sock.close()
        self._waiting.clear()
        self._command(self._accept_again)

    def close(self) -> None:
        for sock in self._waiting:
            sock.close()
        super().close()

    def _stop_accepting(self) -> None:
        self._freeze()
        self._selector.unregister(self._listener)
        self._listener.listen(0)

    def _accept_again(self) -> None:
        self._reset_all()
        self._listener.listen(512)
        self._selector.register(self._listener, selectors.EVENT_READ)

    def _enters_queue(self) -> bool:
        sock = socket.socket()
        sock.settimeout(0.3)
        try:
            sock.connect(("127.0.0.1", self.port))
        except TimeoutError:
            sock.close()
            return False
        self._waiting.append(sock)
        return True

    def _connect(self) -> socket.socket:
        target = socket.socket(socket.AF_UNIX)
        target.connect(str(self._path))
        return target
