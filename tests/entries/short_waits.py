"""Runs app.py with short waits for a PostgreSQL server that does not answer."""

import app
from me_api.cluster import postgres
from me_api.eventlog import in_doubt
from me_api.storage import postgresql

postgresql.READ_SECONDS = 1.0
postgresql.WRITE_SECONDS = 2.0
postgres.ANSWER_SECONDS = 2.0
in_doubt.SECONDS = 1.0
app.main()
