"""Socket.IO events of the presentation: every client that connects receives all changes."""

from __future__ import annotations

from typing import Any

from me_api.me import service
from me_api.me.feed import TOPIC
from me_api.me.schemas import Presentation, PresentationChanges, PresentationEdit
from me_api.me.server_events import Author, MeReady
from me_api.realtime.events import Connection, emits, event, register
from me_api.realtime.topic_namespace import TopicNamespace
from me_api.validation import ChangesQuery, Data

ME = "/me"


class MeNamespace(TopicNamespace):
    """The namespace `/me`, where a client is subscribed by connecting."""

    name = ME
    log_event = "me"
    topic = TOPIC
    ready_schema = MeReady

    def ready_fields(self, connection: Connection) -> dict[str, Any]:
        """Return the author, whom no change of the log names."""
        return {"author": service.shown_author()}


namespace = MeNamespace()
register(namespace)
emits(ME, "me", Presentation, "The presentation in its current state.", position=True)
emits(ME, "author", Author, "The site has another author, or the author another nick.")


@event(ME, "changes", ChangesQuery, ack=PresentationChanges)
def read_changes(connection: Connection, body: ChangesQuery) -> Any:
    """Read the presentation if it changed after a position."""
    return service.changes(body)


@event(ME, "save", PresentationEdit, ack=Data[Presentation], limit="post")
def save(connection: Connection, body: PresentationEdit) -> Any:
    """Change the presentation, as the owner; acknowledged once it is on disk."""
    return {"data": service.save(body, connection.identity)}
