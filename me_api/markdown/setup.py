"""Adds the process that renders Markdown to an application."""

from __future__ import annotations

from functools import partial

from flask import Flask

from me_api.markdown import renderer


def init_app(app: Flask) -> None:
    """Create the process, which the first text starts."""
    on_refused = partial(app.extensions["metrics"].refused_as_busy, "markdown")
    app.extensions["renderer"] = renderer.make(app.extensions["loop"], on_refused)
