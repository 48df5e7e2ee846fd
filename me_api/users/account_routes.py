"""Routes of a user's own account, and of forgotten passwords."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from me_api.errors import Busy, Conflict, Forbidden, TooManyRequests
from me_api.rest.endpoint import endpoint
from me_api.rest.request import caller, caller_later
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
NO_STORE = {"Cache-Control": "no-store"}
"""A token is for its user alone (RFC 6749, section 5.1), and so is personal data."""
DOWNLOAD = {**NO_STORE, "Content-Disposition": 'attachment; filename="me-api-account.json"'}

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
@endpoint(responses={200: Data[Account]}, token=True)
def show_account() -> Any:
    """Return the account of the caller."""
    return {"data": account.show(account.own(caller()))}, 200, NO_STORE


@blueprint.patch("/account")
@endpoint(
    body=AccountChange,
    responses={200: Data[ChangedAccount]},
    failures=(Busy, Conflict, Forbidden),
    token=True,
    limit="login",
    failure_limit="failed_login",
)
def change_account(body: AccountChange) -> Any:
    """Change nick, email or password of the caller; returns a new token.

    Another email or password needs the current one. Another password ends all earlier tokens.
    """
    identity = caller()
    user = account.change(identity, body)
    # Without the password it is valid no longer than the one that it replaces, which may be stolen.
    expires = identity.expires if body.current_password is None else None
    return {"data": {"user": user.info, "token": issue_token(user, expires)}}, 200, NO_STORE


@blueprint.delete("/account")
@endpoint(
    body=AccountDeletion,
    responses={200: Data[DeletedAccount]},
    failures=(Busy, Conflict, Forbidden),
    token=True,
    limit="login",
    failure_limit="failed_login",
)
def delete_account(body: AccountDeletion) -> Any:
    """Delete the caller's account, and what the caller has written, if `messages` says so."""
    deleted = account.delete(account.own(caller()), body)
    return {"data": {"messages": body.messages, "deleted": deleted}}


@blueprint.post("/account/sign-out")
@endpoint(responses={204: None}, token=True)
def sign_out() -> Any:
    """End all tokens of the caller, and all connections that were opened with them."""
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
@endpoint(
    body=Reset,
    responses={200: Data[ChangedAccount]},
    failures=(Busy, Forbidden),
    limit="login",
    failure_limit="failed_login",
)
def confirm_reset(body: Reset) -> Any:
    """Set a new password by the secret of a link, which is valid once; returns a token."""
    user = resets.use(body)
    return {"data": {"user": user.info, "token": issue_token(user)}}, 200, NO_STORE
