"""Runs app.py without garbage collection; at its end it prints what one would have freed."""

import atexit
import gc

import app


def print_found() -> None:
    """Print the names of our classes of which some objects only refer to each other."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    found = {type(each) for each in gc.garbage}
    print("found:", *sorted(k.__name__ for k in found if k.__module__.startswith("me_api")))


gc.disable()
atexit.register(print_found)
app.main()
