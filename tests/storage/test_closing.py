"""The end of a server: what it has stored is in one file, whatever else runs meanwhile."""

from pathlib import Path

import eventlet

from me_api.chat.room_changes import EnsureRooms
from me_api.extensions import db
from tests.support.app import fresh_app
from tests.support.fixtures import template

__all__ = ["template"]


def test_a_connection_that_is_opened_while_the_log_closes_keeps_no_wal(
    tmp_path: Path, template: Path
) -> None:
    opened = []
    with fresh_app(tmp_path, template) as app, app.app_context():
        wal = Path(f"{db.engine.url.database}-wal")

        def read() -> None:
            with app.app_context(), db.engine.connect() as connection:
                opened.append(connection.exec_driver_sql("SELECT head FROM log").scalar())

        app.extensions["log"].commit(EnsureRooms(("one",)))
        assert wal.exists()
        eventlet.spawn(read)
        app.extensions["log"].close(db.engine.dispose)
        assert opened
        assert not wal.exists()
