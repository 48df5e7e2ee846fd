"""Request and response bodies of registration and login."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from me_api.auth.nicks import Nick
from me_api.auth.users import UserInfo
from me_api.validation import Input

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
Password = Annotated[str, Field(min_length=8, max_length=256)]


class Registration(Input):
    """A new user. Without a nick, it is derived from the email's local part."""

    email: Email
    password: Password
    nick: Nick | None = None


class Credentials(Input):
    """Email and password. Their format is not checked: it would only help to guess them."""

    email: Annotated[str, Field(max_length=MAX_EMAIL)]
    password: Annotated[str, Field(max_length=256)]


class Registered(BaseModel):
    """The response to a registration."""

    type: Literal["success"]
    message: str
    user: UserInfo


class LoggedIn(Registered):
    """The response to a login."""

    token: str = Field(description="Send it as x-access-token or Authorization: Bearer")
