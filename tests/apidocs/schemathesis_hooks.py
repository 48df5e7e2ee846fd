"""What no schema says, so that Schemathesis does not take it for a fault.

And what makes its requests ones that can succeed: a token that stays valid, and what exists.
"""

import re
import string
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.generation.meta import TestPhase

from tests.apidocs import fitting
from tests.apidocs.fuzzed_site import Site

NICKS = st.text(string.ascii_letters + string.digits + "åäöÅÄÖ王🎉 .-", min_size=1, max_size=32)
PLACES = ("before", "after", "around", "at")
TOKEN = "x-access-token"
ENDING = ("PATCH /account", "DELETE /account", "POST /account/sign-out")
"""Operations that end tokens of their caller, who is another user each time."""
ANSWERS = Path("answers.txt")
"""In the folder where Schemathesis runs: operation and status of each response."""

site = Site(Path())

schemathesis.openapi.format("nick", NICKS.filter(lambda nick: any(map(str.isalnum, nick))))


@schemathesis.auth(refresh_interval=None)
class Token:
    """Sends a token, but where Schemathesis removes it to see whether it is needed."""

    def get(self, _case: Any, _context: Any) -> str:
        """Return a text that `before_call` replaces."""
        return "a token"

    def set(self, case: Any, data: str, _context: Any) -> None:
        """Add it to a request."""
        case.headers[TOKEN] = data


@schemathesis.hook
def before_load_schema(_context: Any, schema: Any) -> None:
    """Remove the patterns without control characters, by which texts are made slowly.

    And keep a length apart from the other pattern of texts, in which it would be the number of
    repetitions: to compile such a pattern takes half a second, each time.
    """
    if isinstance(schema, dict):
        for part in schema.values():
            before_load_schema(_context, part)
        if schema.get("pattern") in (site.patterns["no_nul"], site.patterns["text"]):
            del schema["pattern"]
        if schema.get("pattern") == site.patterns["visible_text"]:
            schema["allOf"] = [{"pattern": schema.pop("pattern")}]
    elif isinstance(schema, list):
        for part in schema:
            before_load_schema(_context, part)


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Make a request one that is sent for its answer, and that may be answered with 2xx."""
    query = case.query or {}
    if str(query.get("wait", 0)) not in ("0", "0.0"):
        shorten(query)
    if case.headers.get(TOKEN) == "a token":
        case.headers[TOKEN] = (site.leaving if case.operation.label in ENDING else site.owner).token
    if case.operation.label == "PATCH /users/{user_id}":
        keep_owner(case)
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    # They exclude each other.
    for place in [place for place in PLACES if place in query][1:]:
        del query[place]
    if isinstance(case.body, dict):
        fit_message(case)
    if case.meta.phase.name != TestPhase.STATEFUL:
        fitting.fit(case, site)


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    """Write down what was answered, and end the ban of the address that all requests come from."""
    with ANSWERS.open("a") as answers:
        answers.write(f"{case.method} {case.operation.path} {response.status_code}\n")
    if case.operation.label in ENDING and response.status_code < 300:
        site.leaving = site.user()
    if case.operation.label == "POST /moderation/bans" and response.status_code == 201:
        made = response.json()["data"]
        if made["addresses"] and made["kind"] == "guest":
            site.lift(made["id"])


def keep_owner(case: Any) -> None:
    """Send another user's id, so that the owner whose token is sent is not changed."""
    if str(case.path_parameters.get("user_id")) == str(site.owner.id):
        case.path_parameters["user_id"] = site.user().id


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


def is_visible(text: str) -> bool:
    """Return whether something of a text can be seen for certain: not beyond U+FFFF."""
    return bool(re.search(site.patterns["visible_text"], re.sub(r"[^\0-\uffff]", "", text)))
