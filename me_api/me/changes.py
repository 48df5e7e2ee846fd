"""Changes of the presentation, decided in the committer's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import insert, update

from me_api.auth import audit
from me_api.auth.audit import OPERATOR, Actor
from me_api.errors import Invalid
from me_api.eventlog import Change, Transaction
from me_api.me.feed import KEY, TOPIC, read
from me_api.me.models import PresentationRow

EMPTY: dict[str, Any] = {"headline": None, "text": "", "html": "", "links": [], "picture": None}
"""A presentation that has only a name."""


@dataclass(frozen=True, slots=True)
class EditPresentation(Change):
    """Write some fields of the presentation, and keep the others; an equal one is not changed.

    `default_name` is the name of a presentation that has none yet.
    """

    fields: Mapping[str, Any]
    default_name: str | None = None
    actor: Actor = OPERATOR

    def apply(self, transaction: Transaction) -> dict[str, Any]:
        """Return the presentation; raise `Invalid` if it would have no name.

        Raises what `audit.check_actor` raises: the actor was checked before the text was rendered.
        """
        audit.check_actor(transaction, self.actor)
        old = read(transaction.connection)
        new = {"name": self.default_name, **EMPTY, **(old or {}), **self.fields}
        if new["name"] is None:
            raise Invalid([("name", "A name is needed: nobody has written one yet.")])
        # The HTML is that of the text: a later version of the renderer changes nothing by itself.
        if old is not None and {**new, "html": old["html"]} == old:
            return old
        new["updated"], new["rev"] = transaction.now, transaction.next_rev()
        row = {**new, "links": orjson.dumps(new["links"]).decode()}
        if old is None:
            transaction.connection.execute(insert(PresentationRow).values(id=KEY, **row))
        else:
            transaction.connection.execute(update(PresentationRow).values(row))
        transaction.publish_after_commit(new["rev"], TOPIC, KEY, new)
        return new
