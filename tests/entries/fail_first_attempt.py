"""Runs the server with a disk that fails the first attempt to store each text `again…`."""

import app
from me_api.chat import service
from me_api.errors import StorageUnavailable

prepare = service.prepare
failed = set()


def fail_first(author, room, text, *rest, **more):
    """Prepare the message, or fail if this is its first attempt."""
    if text.startswith("again") and text not in failed:
        failed.add(text)
        raise StorageUnavailable("Nothing was stored: the disk is full.")
    return prepare(author, room, text, *rest, **more)


service.prepare = fail_first
app.main()
