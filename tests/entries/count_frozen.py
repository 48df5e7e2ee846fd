"""Runs app.py; at its end it prints what garbage collection skips and walks, and when it comes."""

import atexit
import gc

import app


def print_counts() -> None:
    """Print how many objects are skipped, how many are not, and the thresholds of collections."""
    spared, walked = gc.get_freeze_count(), len(gc.get_objects())
    print("spared", spared, "walked", walked, "after", *gc.get_threshold())


atexit.register(print_counts)
app.main()
