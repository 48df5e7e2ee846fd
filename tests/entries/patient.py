"""Runs app.py with two minutes of patience for a lock: none is held too long on a busy machine."""

import app
from me_api.eventlog import postgresql_writer
from me_api.storage import engines, postgresql

engines.WRITE_TIMEOUT = 120.0
postgresql.WRITES["lock_timeout"] = "120s"
postgresql.WRITE_SECONDS = 150.0
# The first is how long it may wait for locks, the other for all of its transaction.
for setting in ("lock_timeout = '5s'", "'transaction_timeout', '5s'"):
    assert setting in postgresql_writer._BEGIN
    postgresql_writer._BEGIN = postgresql_writer._BEGIN.replace(
        setting, setting.replace("5s", "120s")
    )
app.main()
