"""Runs the server so that what follows the answer to the first `join` cannot be read."""

from sqlalchemy.exc import OperationalError

import app
from me_api.eventlog.tail import Tail

resume = Tail.resume


def fail(self, subscriber):
    """Fail as a broken disk does, once."""
    Tail.resume = resume
    subscriber.pauses -= 1
    raise OperationalError("SELECT 1", None, OSError("the disk is gone"))


Tail.resume = fail
app.main()
