"""The stream of everything that the caller may read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from me_api.errors import Forbidden
from me_api.realtime.sse import event_streams
from me_api.realtime.sse_endpoint import stream_endpoint
from me_api.validation import StreamQuery

blueprint = Blueprint("everything", __name__)


@blueprint.get("/stream")
@stream_endpoint(Forbidden)
def stream_everything(query: StreamQuery) -> Any:
    """Follow the reports and all rooms that the caller may read, as Server-Sent Events."""
    return event_streams.respond_all(query)
