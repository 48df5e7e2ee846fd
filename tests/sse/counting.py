"""Runs the server; told by SIGUSR1 it counts its greenlets, at its end what it did and kept."""

import atexit
import gc
import signal
import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import greenlet  # noqa: E402

from me_api.chat.presence.registry import PresenceRegistry  # noqa: E402
from me_api.eventlog.tail import Tail  # noqa: E402
from me_api.realtime.sse_subscriber import SseChannel  # noqa: E402
from me_api.run import main  # noqa: E402

encoded, kept = [], []


def keep(kind):
    """Keep what is made of a class."""
    init = kind.__init__

    def init_and_keep(self, *args):
        kept.append(self)
        init(self, *args)

    kind.__init__ = init_and_keep


def count_greenlets(*_):
    """Tell how many greenlets there are, also of those that have ended and are kept."""
    gc.collect()
    found = [g for g in gc.get_objects() if isinstance(g, greenlet.greenlet)]
    print(f"greenlets: {len(found)}", flush=True)


def tell():
    """Tell what was done and what is left."""
    hall, tail = sorted(kept, key=lambda one: type(one).__name__)
    followers = sum(len(audience.followers) for audience in tail._live.values())
    print(
        f"encoded: {len(encoded)}\nfollowers: {followers}\nunseen: {len(hall.unseen)}", flush=True
    )


if __name__ == "__main__":
    make = SseChannel._event
    SseChannel._event = lambda *args: encoded.append(1) or make(*args)
    keep(Tail)
    keep(PresenceRegistry)
    signal.signal(signal.SIGUSR1, count_greenlets)
    atexit.register(tell)
    main()
