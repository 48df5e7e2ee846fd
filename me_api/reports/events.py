"""Socket.IO events of reports: every client that connects receives all changes."""

from __future__ import annotations

from typing import Any

from me_api.realtime.events import Connection, emits, event, register
from me_api.realtime.topic_namespace import TopicNamespace
from me_api.reports import service
from me_api.reports.feed import TOPIC
from me_api.reports.schemas import NewReport, Report, ReportChanges
from me_api.validation import ChangesQuery, Data

REPORTS = "/reports"


class ReportsNamespace(TopicNamespace):
    """The namespace `/reports`, where a client is subscribed by connecting."""

    name = REPORTS
    log_event = "report"
    topic = TOPIC


namespace = ReportsNamespace()
register(namespace)
emits(REPORTS, "report", Report, "A report in its current state.", position=True)


@event(REPORTS, "changes", ChangesQuery, ack=ReportChanges)
def read_changes(connection: Connection, body: ChangesQuery) -> Any:
    """Read the reports that changed after a position."""
    return service.changes(body)


@event(REPORTS, "save", NewReport, ack=Data[Report], limit="post")
def save(connection: Connection, body: NewReport) -> Any:
    """Save a week's report; acknowledged once it is on disk."""
    report, _ = service.save(body, connection.identity)
    return {"data": report}
