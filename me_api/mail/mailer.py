"""The process that sends e-mail (`send.py`), and its limits."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

from me_api.concurrency import Loop, Worker, WorkerLimits
from me_api.errors import ApiError
from me_api.extensions import app_extension, settings

logger = logging.getLogger(__name__)

# Not in a native thread: `smtplib` is made of what eventlet has patched.
PROGRAM = Path(__file__).with_name("send.py")
LIMITS = WorkerLimits(cpu_seconds=5.0, seconds=900.0, memory=512 * 2**20)
QUEUE = 60
"""The most messages that are being sent, or wait for it."""

worker: Worker = app_extension("mailer")


def make(loop: Loop, on_refused: Callable[[], None] = lambda: None) -> Worker:
    """Create the process, which the first message starts."""
    return loop.worker_process(PROGRAM, "send", LIMITS, QUEUE, on_refused)


def send(to: str, subject: str, body: str) -> None:
    """Send a message, as `ME_API_SMTP_URL` says; block this greenlet only.

    A message that cannot be sent is logged, without its content.
    """
    order = {
        "url": settings.smtp_url,
        "sender": settings.mail_from,
        "to": to,
        "subject": subject,
        "body": body,
    }
    try:
        fault = worker.call(json.dumps(order))
    except ApiError as error:
        fault = error.detail
    if fault:
        logger.error("an e-mail could not be sent: %s", fault)
