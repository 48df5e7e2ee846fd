"""Adds the process that sends e-mail to an application."""

from __future__ import annotations

from functools import partial

from flask import Flask

from me_api.mail import mailer


def init_app(app: Flask) -> None:
    """Create the process, which the first message starts."""
    on_refused = partial(app.extensions["metrics"].refused_as_busy, "mail")
    app.extensions["mailer"] = mailer.make(app.extensions["loop"], on_refused)
