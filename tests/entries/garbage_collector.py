"""Runs the server, which prints whether it collects garbage when it is ready."""

import gc
from typing import Any

import app
from me_api import run

serve = run.transport.serve


def print_and_serve(*arguments: Any) -> None:
    """Print the state of the garbage collector, then serve."""
    print(f"collects garbage: {gc.isenabled()}, frozen: {gc.get_freeze_count() > 0}", flush=True)
    serve(*arguments)


gc.disable()
run.transport.serve = print_and_serve
app.main()
