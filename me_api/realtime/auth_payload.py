"""The `auth` payload that a Socket.IO client sends when it connects."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from me_api.auth.identity import Secret
from me_api.auth.nicks import Nick
from me_api.validation import Input


class AuthPayload(Input):
    """The `auth` of a connection; the stock client adds `pid` and `offset` when it reconnects."""

    nick: Nick | None = None
    token: Annotated[str, Field(max_length=4096)] | None = None
    guest: Secret | None = None
    pid: Annotated[str, Field(max_length=200)] | None = None
    offset: Annotated[str, Field(max_length=20)] | None = None
