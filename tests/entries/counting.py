"""Runs app.py; told by SIGUSR1 it counts its greenlets, at its end what it did and kept."""

import atexit
import gc
import signal

import greenlet

import app
from me_api.chat.presence import Hall
from me_api.log.tail import Tail
from me_api.readers import Channel

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


make = Channel._event
Channel._event = lambda *args: encoded.append(1) or make(*args)
keep(Tail)
keep(Hall)
signal.signal(signal.SIGUSR1, count_greenlets)
atexit.register(tell)
app.main()
