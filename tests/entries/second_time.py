"""Runs the server with a disk that fails what is to be stored `again`, the first time."""

import app
from me_api.chat import service
from me_api.errors import StorageUnavailable

say = service.post
failed = set()


def fail_first(voice, room, text, *rest, **more):
    """Say it, unless this is the first time."""
    if text.startswith("again") and text not in failed:
        failed.add(text)
        raise StorageUnavailable("Nothing was stored: the disk is full.")
    return say(voice, room, text, *rest, **more)


service.post = fail_first
app.main()
