"""Adds to an application what is known of callers, and of features' data of them."""

from __future__ import annotations

from flask import Flask

from me_api.auth.bans import Bans
from me_api.auth.token_usage import TokenUsage
from me_api.extensions import db


def init_app(app: Flask) -> None:
    """Create the bans, and the list to which features add what they store about users."""
    with app.app_context():
        app.extensions["bans"] = Bans(db.engine, app.config["SETTINGS"].jwt_secret)
    app.extensions["token_usage"] = TokenUsage()
    app.extensions["user_data"] = []
