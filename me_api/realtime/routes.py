"""One stream of all that somebody may read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from me_api.errors import Gone, NotSupported
from me_api.realtime.sse import EVENT_STREAM, resumable, streams
from me_api.rest.endpoint import endpoint
from me_api.validation import Following

blueprint = Blueprint("everything", __name__)


@blueprint.get("/stream")
@endpoint(query=Following, answers={200: EVENT_STREAM}, failures=(Gone, NotSupported))
@resumable
def stream_everything(query: Following) -> Any:
    """Follow all rooms that one may read, and the reports, as Server-Sent Events."""
    return streams.answer_all(query)
