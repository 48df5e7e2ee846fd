"""What no schema says, so that Schemathesis does not take it for a fault."""

import re
import string
from typing import Any

import schemathesis
from hypothesis import strategies as st

from me_api.validation import NO_NUL
from me_api.validation.texts import TEXT, is_visible

NICKS = st.text(string.ascii_letters + string.digits + "åäöÅÄÖ王🎉 .-", min_size=1, max_size=32)
PLACES = ("before", "after", "around", "at")

schemathesis.openapi.format("nick", NICKS.filter(lambda nick: any(map(str.isalnum, nick))))


@schemathesis.hook
def before_load_schema(_context: Any, schema: Any) -> None:
    """Remove the patterns without control characters, by which texts are made slowly."""
    if isinstance(schema, dict):
        if schema.get("pattern") in (NO_NUL, TEXT):
            del schema["pattern"]
        for part in schema.values():
            before_load_schema(_context, part)
    elif isinstance(schema, list):
        for part in schema:
            before_load_schema(_context, part)


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Make a request one that is sent for its answer, and that may be answered with 2xx."""
    query = case.query or {}
    if str(query.get("wait", 0)) not in ("0", "0.0"):
        shorten(query)
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    # They exclude each other.
    for place in [place for place in PLACES if place in query][1:]:
        del query[place]
    if isinstance(case.body, dict):
        fit_message(case)


def shorten(query: Any) -> None:
    """Shorten the wait of a long-poll, if it is valid."""
    try:
        if 0 <= float(query["wait"]) <= 60:
            query["wait"] = "0.01"
    except (TypeError, ValueError):
        return


def fit_message(case: Any) -> None:
    """Send a text without control characters, a message instead of a command or nothing.

    And its key in one place.
    """
    text = case.body.get("text")
    if isinstance(text, str):
        text = case.body["text"] = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "x", text)
    if isinstance(text, str) and (text.startswith("/") or not is_visible(text)):
        case.body["text"] = f"x{text}"
    if case.body.get("key") is not None:
        case.headers.pop("Idempotency-Key", None)
