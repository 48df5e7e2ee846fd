"""Runs app.py; the course's clients are slow to arrive, and are let in by SIGUSR1."""

import atexit
import signal

import eventlet

import app
from me_api.chat.presence import Hall
from me_api.transport import Peer

held = [True]
halls = []
fits, drained, init = Peer.fits, Peer.drained, Hall.__init__


def is_held(peer):
    """Tell whether somebody has to wait."""
    return peer.namespace == "/" and bool(held)


def wait(peer):
    """Wait until they are let in, or gone."""
    while is_held(peer) and not peer.socket.closed:
        eventlet.sleep(0.01)
    print("waited", flush=True)
    return drained(peer)


def keep(hall, *args):
    """Remember the hall."""
    halls.append(hall)
    init(hall, *args)


Peer.fits = lambda peer, parcel: not is_held(peer) and fits(peer, parcel)
Peer.drained = wait
Hall.__init__ = keep
signal.signal(signal.SIGUSR1, lambda *_: held.clear())
atexit.register(lambda: print(f"unseen: {len(halls[0].unseen)}", flush=True))
app.main()
