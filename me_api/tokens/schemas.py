"""Request and response bodies of long-lived tokens."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from me_api.auth.scope import ACTIONS, Action
from me_api.config import SLUG, Slug
from me_api.validation import Input, Moment
from me_api.validation.texts import Title

MAX_ROOMS = 100
"""Rooms of a token that is not for all rooms."""


_IN_A_FORM = "In a form, separated by spaces"
_SEPARATOR = re.compile("[ ,]+")


def _split(value: object) -> object:
    # A form has texts only; OAuth separates scopes by spaces (RFC 6749, section 3.3).
    return _SEPARATOR.split(value.strip(" ,")) if isinstance(value, str) else value


def _once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _words(pattern: str) -> Any:
    """Return the type of a text with words of a pattern, for the description."""
    one = pattern.strip("^$")
    several = f"^[ ,]*{one}(?:[ ,]+{one})*[ ,]*$"
    return Annotated[str, Field(description=_IN_A_FORM, json_schema_extra={"pattern": several})]


_Scopes = Annotated[list[Action], Field(min_length=1)]
Scopes = Annotated[
    _Scopes,
    AfterValidator(_once),
    BeforeValidator(_split, json_schema_input_type=_Scopes | _words(f"(?:{'|'.join(ACTIONS)})")),
]
_Rooms = Annotated[list[Slug], Field(min_length=1, max_length=MAX_ROOMS)]
Rooms = Annotated[
    _Rooms,
    AfterValidator(_once),
    BeforeValidator(_split, json_schema_input_type=_Rooms | _words(SLUG)),
]


class NewApiToken(Input):
    """A token to create: its name, what it allows, and in which rooms; in all without `rooms`."""

    name: Title
    scopes: Scopes
    rooms: Rooms | None = None
    expires: Moment | None = None


class TokensQuery(Input):
    """Whether to list the tokens of the caller, or those of all users."""

    of: Annotated[
        Literal["me", "all"], Field(description="Those of all users are for the owner only")
    ] = "me"


class Token(BaseModel):
    """A long-lived token, without its secret."""

    id: str = Field(description="Part of the token: meapi_<id>_…")
    name: str
    user: str = Field(description="The nick of the user whose token it is")
    scopes: list[Action]
    rooms: list[str] | None = Field(description="Null for all rooms")
    created: str
    expires: str | None = Field(description="Null for no end")
    last_used: str | None = Field(description="Some minutes old at most; null for never")


class CreatedToken(Token):
    """A token that has just been created."""

    token: str = Field(description="Shown only now. Send it as x-access-token")
