"""The process that renders Markdown (`render.py`), and its limits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from me_api.concurrency import Loop, Worker, WorkerLimits
from me_api.errors import WorkerFailed
from me_api.extensions import app_extension

logger = logging.getLogger(__name__)

# Not imported: the server needs neither the renderer nor the sanitiser in its memory.
PROGRAM = Path(__file__).with_name("render.py")
LIMITS = WorkerLimits(cpu_seconds=5.0, seconds=60.0, memory=512 * 2**20)
"""The worst text that is known takes half a second of a processor, and 70 MB."""
QUEUE = 60
"""The most texts that are being rendered, or wait for it."""

renderer: Worker = app_extension("renderer")


def make(loop: Loop, on_refused: Callable[[], None] = lambda: None) -> Worker:
    """Create the process, which the first text starts."""
    return loop.worker_process(PROGRAM, "render", LIMITS, QUEUE, on_refused)


def to_html(text: str) -> str:
    """Render a text; raise `Busy`, or `WorkerFailed`.

    Texts are rendered, and so changes committed, in the order of the requests.
    """
    # Not in the committer's thread, where one long text would hold up every other write.
    try:
        return renderer.call(text)
    except WorkerFailed as error:
        logger.warning("a text could not be rendered: %s", error.__cause__)
        raise
