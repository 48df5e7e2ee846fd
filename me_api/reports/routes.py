"""Routes for reading, writing and streaming reports."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from me_api.auth.identity import Identity
from me_api.errors import Conflict, Forbidden, Gone, NotFound
from me_api.realtime.sse import event_streams
from me_api.realtime.sse_endpoint import stream_endpoint
from me_api.realtime.watched_wait import watched_wait
from me_api.reports import service
from me_api.reports.feed import TOPIC
from me_api.reports.schemas import (
    Content,
    Draft,
    NewReport,
    Preview,
    Report,
    ReportChanges,
    ReportList,
)
from me_api.reports.serializer import report_path
from me_api.rest.endpoint import CacheableResult, endpoint
from me_api.rest.request import caller
from me_api.validation import Data, LongPollQuery, StreamQuery

blueprint = Blueprint("reports", __name__, url_prefix="/reports")

WEEK = "/week/<int:week>"


@blueprint.get("")
@endpoint(responses={200: ReportList}, cacheable=True)
def list_reports(identity: Identity) -> Any:
    """List the reports, without their texts."""
    return CacheableResult(service.all_reports())


@blueprint.get(WEEK)
@endpoint(responses={200: Data[Report], 304: None}, failures=(NotFound,), cacheable=True)
def show_report(week: int, identity: Identity) -> Any:
    """Return the report of a week."""
    return CacheableResult({"data": service.one_report(week)})


@blueprint.post("")
@endpoint(
    body=NewReport,
    responses={200: Data[Report], 201: Data[Report]},
    failures=(Conflict,),
    token=True,
    action="reports",
    limit="post",
    direct="at once",
)
def save_report(body: NewReport) -> Any:
    """Create a week's report, or update it if it is your own."""
    report, new = service.save(body, caller())
    return {"data": report}, 201 if new else 200, {"Location": report_path(body.week)}


@blueprint.post("/preview")
@endpoint(body=Draft, responses={200: Data[Preview]}, token=True, action="reports", limit="post")
def show_preview(body: Draft) -> Any:
    """Render a text as it would be shown in a report, without saving it."""
    return {"data": service.preview(body.text, caller())}


@blueprint.put(WEEK)
@endpoint(
    body=Content,
    responses={204: None},
    failures=(NotFound, Forbidden),
    token=True,
    action="reports",
    limit="post",
    direct="at once",
)
def update_report(week: int, body: Content) -> Any:
    """Overwrite a week's report, as its author or the owner."""
    service.update(week, body, caller())
    return "", 204


@blueprint.put("")
@endpoint(
    body=NewReport,
    responses={204: None},
    failures=(NotFound, Forbidden),
    token=True,
    action="reports",
    limit="post",
    direct="at once",
)
def update_named_report(body: NewReport) -> Any:
    """Overwrite the report of the week in the body, as its author or the owner."""
    service.update(body.week, body, caller())
    return "", 204


@blueprint.delete(WEEK)
@endpoint(
    responses={204: None},
    failures=(NotFound, Forbidden),
    token=True,
    action="reports",
    limit="post",
)
def delete_report(week: int) -> Any:
    """Delete a week's report, as its author or the owner; deleting it again changes nothing."""
    service.delete(week, caller())
    return "", 204


@blueprint.get("/changes")
@endpoint(query=LongPollQuery, responses={200: ReportChanges}, failures=(Gone, Forbidden))
def read_changes(query: LongPollQuery) -> Any:
    """Read the reports that changed after a position; with `wait`, wait for a change."""
    return service.changes(query, watched_wait(TOPIC, query.wait))


@blueprint.get("/stream")
@stream_endpoint(Forbidden)
def stream_reports(query: StreamQuery) -> Any:
    """Stream all changes of reports, as Server-Sent Events named `report`."""
    return event_streams.respond({TOPIC}, query)
