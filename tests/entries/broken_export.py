"""Runs app.py with an export whose second page fails; the file `fault` says how."""

import os
from pathlib import Path

from sqlalchemy.exc import OperationalError

import app
from me_api.chat import export

FAULT = Path(os.environ["TESTS_FOLDER"]) / "fault"
FAULTS = {
    "bug": KeyError("a bug in the second page"),
    "disk": OperationalError("SELECT 1", None, OSError("the disk is gone")),
}
_page = export._page


def fail_later(room, room_id, low, *rest):
    """Read the first page, and no other."""
    if low > 1:
        raise FAULTS[FAULT.read_text()]
    return _page(room, room_id, low, *rest)


export._page = fail_later
app.main()
