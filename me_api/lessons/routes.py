"""The routes of the course's pages and examples, for browsers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from me_api.extensions import app_extension
from me_api.lessons.library import ADDRESS, EXAMPLES, INDEX, Document, Library
from me_api.rest.endpoint import make_conditional

blueprint = Blueprint("lessons", __name__, url_prefix=ADDRESS)
library: Library = app_extension("lessons")


@blueprint.get("/")
def show_index() -> Any:
    """Return the list of the pages."""
    return show_page(INDEX)


@blueprint.get("/<name>")
def show_page(name: str) -> Any:
    """Return a page, rendered from Markdown."""
    return _respond(library.page(name, request.scheme, request.host))


@blueprint.get(f"/{EXAMPLES}/<name>")
def show_example(name: str) -> Any:
    """Return an example: HTML that runs here, or a program as text."""
    return _respond(library.example(name, request.scheme, request.host))


def _respond(document: Document | None) -> Any:
    if document is None:
        raise NotFound("The course has no such page.")
    response = Response(document.text, content_type=document.content_type)
    response.headers["Cache-Control"] = "no-cache"
    if document.policy is not None:
        response.headers["Content-Security-Policy"] = document.policy
    return make_conditional(response)
