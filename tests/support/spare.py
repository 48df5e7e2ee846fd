"""Imports all of the server, waits for its orders, and is then `python ENTRY` elsewhere.

Where tests are measured the imports are not, since they would take twice as long: the tests that
have the application in their own process have measured what they run.
"""

import importlib
import json
import os
import runpy
import sys

import coverage


def main() -> None:
    """Import, wait for the orders and follow them; end where none come."""
    # Made before eventlet has its hands on locks: coverage's has to be a native one.
    measured = coverage.Coverage.current()
    if measured:
        measured.stop()
    importlib.import_module("app")
    if line := sys.stdin.readline():
        orders = json.loads(line)
        if measured and "COVERAGE_PROCESS_CONFIG" in orders["environment"]:
            measured.start()
        follow(**orders)


def follow(entry: str, environment: dict[str, str], log: str) -> None:
    """Become the server."""
    os.environ.clear()
    os.environ.update(environment)
    print_to(log)
    sys.argv = [entry]
    runpy.run_path(entry, run_name="__main__")


def print_to(path: str) -> None:
    """Send what is printed to the end of a file."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(file, stream.fileno())
    os.close(file)


if __name__ == "__main__":
    main()
