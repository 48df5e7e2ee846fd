"""Request and response bodies of accounts, from registration on."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)

from me_api.auth.nicks import Nick
from me_api.auth.users import Role, UserInfo
from me_api.validation import MAX_INT, PAGE, PAGE_MAX, Input
from me_api.validation.choices import only

MAX_EMAIL = 254

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_EMAIL = re.compile(rf"[^\s@\x00-\x1f\x7f\"(),:;<>\[\]\\]{{1,64}}@(?:{_LABEL}\.)+{_LABEL}")


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise ValueError("is not an email address such as name@example.com")
    return unicodedata.normalize("NFC", value)


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_EMAIL),
    AfterValidator(_email),
    Field(
        description="An email address; upper and lower case are the same",
        json_schema_extra={"format": "idn-email"},
    ),
]
MIN_PASSWORD, MAX_PASSWORD = 8, 256
Password = Annotated[str, Field(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD)]


class Registration(Input):
    """A new user. Without a nick, it is derived from the email's local part."""

    email: Email
    password: Password
    nick: Nick | None = None


class Credentials(Input):
    """Email and password. Their format is not checked: it would only help to guess them."""

    email: Annotated[str, Field(max_length=MAX_EMAIL)]
    password: Annotated[str, Field(max_length=256)]


_GUARDED: list[JsonValue] = [only("email"), only("password")]
"""What is changed with the current password alone."""


class AccountChange(Input):
    """What a user changes of the account; email and password need the current password."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {**only("nick"), "not": {"anyOf": _GUARDED}},
                {**only("current_password"), "anyOf": _GUARDED},
            ]
        }
    )

    nick: Nick | None = None
    email: Email | None = None
    password: Password | None = None
    current_password: Annotated[str, Field(max_length=256)] | None = None


class AccountDeletion(Input):
    """The account is deleted; `messages` says what happens to the user's messages and reports."""

    current_password: Annotated[str, Field(max_length=256)]
    messages: Literal["keep", "delete"]


class Account(UserInfo):
    """An account, as shown to its user."""

    id: int
    created: str


class AccountData(BaseModel):
    """All that is stored about a user, but for secrets and their hashes."""

    account: dict[str, Any]
    sessions: list[dict[str, Any]]
    tokens: list[dict[str, Any]]
    bans: list[dict[str, Any]]
    moderated: list[dict[str, Any]] = Field(description="What the user did to others")
    moderation: list[dict[str, Any]] = Field(description="What was done to the user")
    messages: list[dict[str, Any]]
    reports: list[dict[str, Any]]
    me: list[dict[str, Any]] = Field(description="The presentation, for the owner it presents")


class ChangedAccount(BaseModel):
    """The account, and a token that says so; with another password all earlier ones are invalid."""

    user: UserInfo
    token: str = Field(description="In place of the one that the request was made with")


class DeletedAccount(BaseModel):
    """What was done with the messages and reports of a deleted account."""

    messages: Literal["keep", "delete"]
    deleted: dict[str, int] = Field(description="How many messages and reports were deleted")


class UsersQuery(Input):
    """A page of users, in the order of their ids."""

    after: Annotated[int, Field(ge=0, le=MAX_INT)] = 0
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE


class ManagedUser(Account):
    """An account, as shown to an owner."""

    disabled: bool


class Users(BaseModel):
    """A page of users; `more` says whether there are others after it."""

    data: list[ManagedUser]
    more: bool


class UserPatch(Input):
    """What an owner changes of a user: the role, whether the account is disabled, or both."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [only("role"), only("disabled", "boolean")]}
    )

    role: Role | None = None
    disabled: bool | None = None

    @model_validator(mode="after")
    def _any_change(self) -> Self:
        if self.role is None and self.disabled is None:
            raise ValueError("One of role and disabled is needed")
        return self


class ResetRequest(Input):
    """The email of an account whose password is forgotten."""

    email: Annotated[str, Field(max_length=MAX_EMAIL)]


class Reset(Input):
    """A new password, and the secret of the link that allows to set it."""

    token: Annotated[str, Field(max_length=200)]
    password: Password


class Accepted(BaseModel):
    """The answer to what is done later."""

    message: str


class Registered(BaseModel):
    """The response to a registration."""

    type: Literal["success"]
    message: str
    user: UserInfo


class LoggedIn(Registered):
    """The response to a login."""

    token: str = Field(description="Send it as x-access-token or Authorization: Bearer")
