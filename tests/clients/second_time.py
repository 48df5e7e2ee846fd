"""Runs the server with a disk that fails what is to be stored `again`, the first time."""

import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from me_api.chat import service  # noqa: E402
from me_api.errors import StorageUnavailable  # noqa: E402
from me_api.run import main  # noqa: E402

say = service.post
failed = set()


def fail_first(voice, room, text, *rest, **more):
    """Say it, unless this is the first time."""
    if text.startswith("again") and text not in failed:
        failed.add(text)
        raise StorageUnavailable("Nothing was stored: the disk is full.")
    return say(voice, room, text, *rest, **more)


if __name__ == "__main__":
    service.post = fail_first
    main()
