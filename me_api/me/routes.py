"""Routes of the front page and its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, jsonify, request

from me_api.extensions import app_extension
from me_api.me import service
from me_api.me.page import ASSETS, File, Page
from me_api.me.schemas import Me
from me_api.me.socketio_client import SocketIOClient
from me_api.rest.endpoint import endpoint
from me_api.validation import Data

blueprint = Blueprint("me", __name__)
page: Page = app_extension("page")
socketio_client: SocketIOClient = app_extension("socketio_client")

# What browsers and search engines ask for at every host, with or without the me-page.
FOLDER = Path(__file__).parent
ICON = File.read(FOLDER / "favicon.ico", "image/x-icon")
ROBOTS = File.read(FOLDER / "robots.txt", "text/plain; charset=utf-8")
ONE_DAY = "public, max-age=86400"


@blueprint.get("/")
@endpoint(responses={200: Data[Me]})
def show_me() -> Any:
    """Describe this API and link to its parts; a browser (`Accept: text/html`) gets the me-page.

    `Vary: Accept` keeps the two apart in caches.
    """
    if page.prefers_html(request):
        return page.show(request)
    response = jsonify({"data": service.describe()})
    response.vary.add("Accept")
    return response


@blueprint.get(f"/{ASSETS}/<name>")
def show_asset(name: str) -> Any:
    """Return a script, a style or a font of the me-page."""
    return page.asset(request, name)


@blueprint.get("/socket.io/<name>")
def show_socketio_client(name: str) -> Any:
    """Return a script of socket.io-client, or its source map."""
    return socketio_client.respond(request, name)


@blueprint.get("/favicon.ico")
def show_icon() -> Any:
    """Return the icon that a browser shows with JSON, too."""
    return ICON.respond(request, ONE_DAY)


@blueprint.get("/robots.txt")
def show_rules_for_robots() -> Any:
    """Return what search engines may read (RFC 9309): the presentation and the reports."""
    return ROBOTS.respond(request, ONE_DAY)
