"""Routes of a user's own account, and of forgotten passwords."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint

from me_api.auth.users import User
from me_api.errors import Busy, Conflict, Forbidden, TooManyRequests
from me_api.rest.endpoint import endpoint
from me_api.rest.request import caller, caller_later
from me_api.rest.security import NO_STORE
from me_api.rest.streaming import stream
from me_api.users import account, personal_data, resets
from me_api.users.schemas import (
    Accepted,
    Account,
    AccountChange,
    AccountData,
    AccountDeletion,
    ChangedAccount,
    DeletedAccount,
    Reset,
    ResetRequest,
)
from me_api.users.service import issue_token
from me_api.validation import Data

JSON = "application/json"
DOWNLOAD = {**NO_STORE, "Content-Disposition": 'attachment; filename="me-api-account.json"'}

blueprint = Blueprint("account", __name__)

# Whoever could try passwords here without a limit need not log in.
checks_password = partial(endpoint, limit="login", failure_limit="failed_login")
"""Declares a route that checks a password, or a secret in place of one: as a login does."""


@blueprint.get("/account")
@endpoint(responses={200: Data[Account]}, token=True)
def show_account() -> Any:
    """Return the account of the caller."""
    return {"data": account.show(account.own(caller()))}, 200, NO_STORE


@blueprint.patch("/account")
@checks_password(
    body=AccountChange,
    responses={200: Data[ChangedAccount]},
    failures=(Busy, Conflict, Forbidden),
    token=True,
)
def change_account(body: AccountChange) -> Any:
    """Change nick, email or password of the caller; returns a new token.

    Another email or password needs the current one. Another password ends all earlier tokens.
    """
    identity = caller()
    user = account.change(identity, body)
    # Without the password it is valid no longer than the one that it replaces, which may be stolen.
    expires = identity.expires if body.current_password is None else None
    return _signed_in(user, expires)


@blueprint.delete("/account")
@checks_password(
    body=AccountDeletion,
    responses={200: Data[DeletedAccount]},
    failures=(Busy, Conflict, Forbidden),
    token=True,
)
def delete_account(body: AccountDeletion) -> Any:
    """Delete the caller's account, and what the caller has written, if `messages` says so."""
    deleted = account.delete(account.own(caller()), body)
    return {"data": {"messages": body.messages, "deleted": deleted}}


@blueprint.post("/account/sign-out")
@endpoint(responses={204: None}, token=True)
def sign_out() -> Any:
    """End all tokens of the caller.

    Connections that were opened with them stay open as those of a guest; streams and long-polls
    end.
    """
    account.sign_out(account.own(caller()))
    return "", 204


@blueprint.get("/account/data")
@endpoint(
    responses={200: AccountData},
    failures=(Busy, TooManyRequests),
    token=True,
    limit="export",
)
def download_account() -> Any:
    """Download all that is stored about the caller, as a JSON document."""
    user, current_caller = account.own(caller()), caller_later()
    return stream(personal_data.document(user, current_caller), JSON, DOWNLOAD)


@blueprint.post("/password-reset")
@endpoint(
    body=ResetRequest,
    responses={202: Data[Accepted]},
    failures=(Forbidden, TooManyRequests),
    limit="reset",
)
def request_reset(body: ResetRequest) -> Any:
    """Send a link for a new password to an email; says nothing of whether there is an account."""
    resets.request(body)
    message = "If there is an account with this email, a link is on its way."
    return {"data": {"message": message}}, 202


@blueprint.post("/password-reset/confirm")
@checks_password(body=Reset, responses={200: Data[ChangedAccount]}, failures=(Busy, Forbidden))
def confirm_reset(body: Reset) -> Any:
    """Set a new password by the secret of a link, which is valid once; returns a token."""
    return _signed_in(resets.use(body))


def _signed_in(user: User, expires: float | None = None) -> Any:
    """Respond with a user, whose earlier tokens may have ended, and a new token."""
    return {"data": {"user": user.info, "token": issue_token(user, expires)}}, 200, NO_STORE
