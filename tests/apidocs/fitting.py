"""Valid requests about what exists, in place of names and numbers that nothing has."""

from collections.abc import Callable
from itertools import count
from typing import Any

from tests.apidocs.fuzzed_site import PASSWORD, Site

requests = count()
existing: dict[str, dict[str, Any]] = {}
"""What each operation is about, by the parameters of its path. What one changes, no other reads."""


def fit(case: Any, site: Site) -> None:
    """Make a request about what exists. Of four, one stays as it is, but for passwords."""
    body = case.body if isinstance(case.body, dict) else {}
    if change := BODIES.get(case.operation.label):
        change(body, site)
    if case.path_parameters and next(requests) % 4:
        label = case.operation.label
        if label not in existing or label.startswith("DELETE"):
            existing[label] = placed(case.path_parameters, site)
        for name, value in existing[label].items():
            case.path_parameters[name] = value


def placed(names: Any, site: Site) -> dict[str, Any]:
    """Return values of the parameters of a path, of things that are made."""
    if "message_id" in names:
        room = site.room()
        return {"room": room, "message_id": site.message(room)}
    makers: dict[str, Callable[[], Any]] = {
        "room": site.room,
        "week": site.report,
        "ban_id": site.ban,
        "token_id": site.token,
        "user_id": lambda: site.user().id,
    }
    return {name: makers[name]() for name in names}


def fit_target(body: Any, site: Site) -> None:
    """Name who can be banned, and purged: a user, or a guest if the address is banned with it."""
    guest = body.get("with_address") not in (None, False)
    if body.get("message") is not None:
        body["message"] = site.written_by_guest if guest else site.written
    elif guest:
        body["with_address"] = False
    if body.get("user") is not None:
        body["user"] = site.member.nick
    if body.get("ban") is not None:
        body["ban"] = site.ban()
    if body.get("room") is not None:
        body["room"] = site.written["room"]


def fit_account(body: Any, _site: Site) -> None:
    """Send the password, where it is needed or checked."""
    if {"current_password", "email", "password"} & body.keys():
        body["current_password"] = PASSWORD


def fit_login(body: Any, site: Site) -> None:
    """Log in as a user that exists."""
    body.update(email=site.member.email, password=PASSWORD)


def fit_reset(body: Any, site: Site) -> None:
    """Send the secret of a link."""
    body["token"] = site.user().reset


def fit_report(body: Any, site: Site) -> None:
    """Overwrite a report that exists."""
    body["week"] = site.week


def fit_rooms(body: Any, site: Site) -> None:
    """Name rooms that exist; in a form they are separated by spaces."""
    room = site.written["room"]
    if body.get("rooms") is not None:
        body["rooms"] = room if isinstance(body["rooms"], str) else [room]


BODIES: dict[str, Callable[[Any, Site], None]] = {
    "POST /moderation/bans": fit_target,
    "POST /moderation/purge": fit_target,
    "PATCH /account": fit_account,
    "DELETE /account": fit_account,
    "POST /login": fit_login,
    "POST /password-reset/confirm": fit_reset,
    "PUT /reports": fit_report,
    "POST /tokens": fit_rooms,
}
