"""What holds for every route: foreign origins are refused."""

from __future__ import annotations

from flask import Flask, request

from me_api.origins import origins

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
"""Methods that change nothing (RFC 9110, section 9.2.1)."""


def init_app(app: Flask) -> None:
    """Register what is done before every request."""
    app.before_request(_refuse_foreign_origin)


def _refuse_foreign_origin() -> None:
    # CORS keeps foreign pages from reading responses, but not from sending simple requests, such
    # as a form.
    if request.method not in SAFE_METHODS:
        origins.check(request.environ)
