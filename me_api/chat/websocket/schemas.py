"""What clients send over a native WebSocket."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import ConfigDict, model_validator

from me_api.auth.identity import Token
from me_api.chat.schemas import Body, Key
from me_api.validation import Input
from me_api.validation.choices import only


class NativeKey(Input):
    """The idempotency key of a message over a WebSocket."""

    key: Key | None = None


class NativePost(NativeKey):
    """A message to post over a WebSocket; its text is in `text` or in `data`."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [only("text"), only("data")]})

    text: Body | None = None
    data: Body | None = None

    @model_validator(mode="after")
    def _one_text(self) -> Self:
        if (self.text is None) == (self.data is None):
            raise ValueError("One of text and data is needed")
        return self

    @property
    def content(self) -> str:
        """The text of the message, whichever field it is in."""
        return self.text or self.data or ""


class NativeAuthenticate(Input):
    """A token over a WebSocket, in place of the one that the connection was opened with."""

    event: Literal["authenticate"]
    token: Token
    key: Key | None = None
