"""Routes for registration and login."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from me_api.auth.bans import bans
from me_api.auth.identity import Identity
from me_api.errors import Conflict, Forbidden, Unauthorized
from me_api.rest.endpoint import endpoint
from me_api.rest.request import client_network
from me_api.rest.security import NO_STORE
from me_api.users import service
from me_api.users.schemas import Credentials, LoggedIn, Registered, Registration
from me_api.validation import Data

blueprint = Blueprint("users", __name__)


@blueprint.post("/register")
@endpoint(
    body=Registration,
    responses={201: Data[Registered]},
    failures=(Conflict, Forbidden),
    limit="register",
)
def register(body: Registration) -> Any:
    """Register a user with email and password."""
    bans.check(Identity(address=client_network()))
    user = service.register(body)
    message = f"Welcome, {user.nick}. Log in to get a token."
    return {"data": {"type": "success", "message": message, "user": user.info}}, 201


@blueprint.post("/login")
@endpoint(
    body=Credentials,
    responses={200: Data[LoggedIn]},
    failures=(Unauthorized,),
    limit="login",
    failure_limit="failed_login",
)
def login(body: Credentials) -> Any:
    """Log in with email and password; returns an access token."""
    user, token = service.login(body)
    message = f"Welcome back, {user.nick}."
    result = {"type": "success", "message": message, "user": user.info, "token": token}
    return {"data": result}, 200, NO_STORE
