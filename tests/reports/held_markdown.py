"""A renderer that waits while a file exists; the worker process of `held_renderer` loads it."""

import os
import time
from pathlib import Path

FOLDER = Path(os.environ["TESTS_FOLDER"])
HOLD = FOLDER / "hold-render"


def render(text: str) -> str:
    """Return the text, when the file does not exist."""
    while HOLD.exists():
        (FOLDER / "rendering").touch()
        time.sleep(0.005)
    return f"<p>{text}</p>\n"
