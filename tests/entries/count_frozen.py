"""Runs app.py; at its end it prints what garbage collection does not look at, and what it does."""

import atexit
import gc

import app

atexit.register(lambda: print("spared", gc.get_freeze_count(), "walked", len(gc.get_objects())))
app.main()
