"""Routes of owners: the accounts of all users."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from me_api.errors import Conflict, Forbidden, NotFound
from me_api.rest.endpoint import endpoint
from me_api.rest.request import caller
from me_api.rest.security import NO_STORE
from me_api.users import administration
from me_api.users.schemas import ManagedUser, UserPatch, Users, UsersQuery
from me_api.validation import Data

blueprint = Blueprint("administration", __name__)


@blueprint.get("/users")
@endpoint(query=UsersQuery, responses={200: Users}, failures=(Forbidden,), token=True)
def list_users(query: UsersQuery) -> Any:
    """Return all accounts in pages, to an owner."""
    administration.check_owner(caller())
    return administration.page(query), 200, NO_STORE


@blueprint.patch("/users/<int:user_id>")
@endpoint(
    body=UserPatch,
    responses={200: Data[ManagedUser]},
    failures=(Conflict, Forbidden, NotFound),
    token=True,
)
def change_user(user_id: int, body: UserPatch) -> Any:
    """Change the role of a user, or disable the account, as an owner. The last owner stays one."""
    owner = administration.check_owner(caller())
    return {"data": administration.change(user_id, body, owner)}
