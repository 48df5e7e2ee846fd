"""Runs the server; it prints how many greenlets it has on SIGUSR1, and totals at its end."""

import atexit
import gc
import signal

import greenlet

import app
from me_api.chat.presence.registry import PresenceRegistry
from me_api.eventlog.tail import Tail
from me_api.realtime.sse_subscriber import SseChannel

encoded, instances = [], []


def record(kind):
    """Record the instances of a class."""
    init = kind.__init__

    def init_and_record(self, *args):
        instances.append(self)
        init(self, *args)

    kind.__init__ = init_and_record


def count_greenlets(*_):
    """Print the number of greenlets, also of those that have ended and are referenced."""
    gc.collect()
    found = [g for g in gc.get_objects() if isinstance(g, greenlet.greenlet)]
    print(f"greenlets: {len(found)}", flush=True)


def print_totals():
    """Print how many messages were encoded, and what is left of subscribers and connections."""
    registry, tail = sorted(instances, key=lambda each: type(each).__name__)
    subscribers = sum(len(group.subscribers) for group in tail._live._groups.values())
    print(f"encoded: {len(encoded)}", flush=True)
    print(f"subscribers: {subscribers}", flush=True)
    print(f"hidden: {len(registry.hidden)}", flush=True)


make = SseChannel._event
SseChannel._event = lambda *args: encoded.append(1) or make(*args)
record(Tail)
record(PresenceRegistry)
signal.signal(signal.SIGUSR1, count_greenlets)
atexit.register(print_totals)
app.main()
