"""The priority of worker processes, whose results tests wait for."""

from pathlib import Path

from me_api.transport import worker_process


def make_equal() -> None:
    """Start those of this process, and of all that it forks, with the priority of the others."""
    worker_process.PROGRAM = Path(__file__).with_name("worker_main.py")
