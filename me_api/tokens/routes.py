"""Routes for creating, listing and revoking long-lived tokens."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from me_api.auth.bans import bans
from me_api.errors import Conflict, Forbidden, NotFound
from me_api.rest.endpoint import endpoint
from me_api.rest.request import caller
from me_api.rest.security import NO_STORE
from me_api.tokens import service
from me_api.tokens.schemas import CreatedToken, NewApiToken, Token, TokensQuery
from me_api.validation import Data

blueprint = Blueprint("tokens", __name__)


@blueprint.get("/tokens")
@endpoint(query=TokensQuery, responses={200: Data[list[Token]]}, failures=(Forbidden,), token=True)
def list_tokens(query: TokensQuery) -> Any:
    """List the caller's long-lived tokens; the owner may list those of all users."""
    return {"data": service.listed(query.of, caller())}


@blueprint.post("/tokens")
@endpoint(
    body=NewApiToken,
    responses={201: Data[CreatedToken]},
    failures=(Forbidden, NotFound, Conflict),
    token=True,
    limit="token",
)
def create_token(body: NewApiToken) -> Any:
    """Create a long-lived token of the caller; its text is returned only now."""
    identity = caller()
    bans.check(identity)
    assert identity.user is not None, "the route needs a token"
    made = service.create(body, identity.user, generation=identity.generation)
    return {"data": made}, 201, NO_STORE


@blueprint.delete("/tokens/<token_id>")
@endpoint(responses={204: None}, failures=(NotFound,), token=True)
def revoke_token(token_id: str) -> Any:
    """Revoke a long-lived token.

    Connections that were opened with it stay open as those of a guest; streams and long-polls end.
    The owner may revoke the tokens of all users.
    """
    service.revoke(token_id, caller())
    return "", 204
