"""Routes of the front page and its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, jsonify, request
from werkzeug.exceptions import NotFound

from me_api.errors import Forbidden, Gone
from me_api.eventlog import log
from me_api.extensions import app_extension
from me_api.me import manifest, service
from me_api.me.feed import TOPIC
from me_api.me.page import ASSETS, File, Page
from me_api.me.schemas import MeDescription, Presentation, PresentationChanges, PresentationEdit
from me_api.me.socketio_client import SocketIOClient
from me_api.realtime.sse import event_streams
from me_api.realtime.sse_endpoint import stream_endpoint
from me_api.realtime.watched_wait import watched_wait
from me_api.rest.endpoint import endpoint, make_conditional
from me_api.rest.request import caller
from me_api.validation import Data, LongPollQuery, StreamQuery

blueprint = Blueprint("me", __name__)
page: Page = app_extension("page")
socketio_client: SocketIOClient = app_extension("socketio_client")

# What browsers and search engines ask for at every host, with or without the me-page.
FOLDER = Path(__file__).parent
ICON = File.read(FOLDER / "favicon.ico", "image/x-icon")
ROBOTS = File.read(FOLDER / "robots.txt", "text/plain; charset=utf-8")
ONE_DAY = "public, max-age=86400"


@blueprint.get("/")
@endpoint(responses={200: MeDescription, 304: None})
def show_me() -> Any:
    """Describe this API and who it is about; a browser (`Accept: text/html`) gets the me-page.

    `Vary: Accept` keeps the two apart in caches.
    """
    if page.prefers_html(request):
        return page.show(request)
    response = jsonify({"data": service.describe(), "epoch": log.epoch})
    response.vary.add("Accept")
    return make_conditional(response)


@blueprint.put("/")
@endpoint(
    body=PresentationEdit,
    responses={200: Data[Presentation]},
    failures=(Forbidden,),
    token=True,
    limit="post",
)
def save_me(body: PresentationEdit) -> Any:
    """Change the presentation, as the owner; what is not sent stays as it is."""
    return {"data": service.save(body, caller())}


@blueprint.get("/me/changes")
@endpoint(query=LongPollQuery, responses={200: PresentationChanges}, failures=(Gone, Forbidden))
def read_changes(query: LongPollQuery) -> Any:
    """Read the presentation if it changed after a position; with `wait`, wait for a change."""
    return service.changes(query, watched_wait(TOPIC, query.wait))


@blueprint.get("/me/stream")
@stream_endpoint(Forbidden)
def stream_me(query: StreamQuery) -> Any:
    """Stream all changes of the presentation, as Server-Sent Events named `me`."""
    return event_streams.respond({TOPIC}, query)


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


@blueprint.get("/manifest.webmanifest")
def show_manifest() -> Any:
    """Return what a browser needs to install the me-page as an app."""
    if not page.is_built:
        raise NotFound("There is no page here that could be installed.")
    response = jsonify(manifest.describe(service.describe()))
    response.content_type = manifest.MEDIA_TYPE
    response.cache_control.no_cache = True
    return make_conditional(response)


@blueprint.get("/icons/<name>")
def show_app_icon(name: str) -> Any:
    """Return an icon of the installed app."""
    if name not in manifest.ICONS:
        raise NotFound(f"There is no icon {name!r}.")
    return manifest.ICONS[name].respond(request, ONE_DAY)


@blueprint.get("/robots.txt")
def show_rules_for_robots() -> Any:
    """Return what search engines may read (RFC 9309): the presentation and the reports."""
    return ROBOTS.respond(request, ONE_DAY)
