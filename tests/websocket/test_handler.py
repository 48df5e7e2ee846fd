"""Errors in the methods of a handler, in this process."""

from typing import Any
from unittest.mock import Mock

import pytest

from me_api.errors import Forbidden
from me_api.realtime.websocket import INTERNAL_ERROR, POLICY_VIOLATION, WebSocketHandler


class Handler(WebSocketHandler):
    """Raises the error that it is given."""

    def __init__(self, error: Exception) -> None:
        super().__init__(Mock(address="192.0.2.1", slot=1))
        self._error = error

    def on_open(self) -> None:
        raise self._error

    def on_message(self, message: str | bytes) -> None:
        raise self._error

    @property
    def sent(self) -> list[Any]:
        return [call.args[0] for call in self.socket.send.call_args_list]  # type: ignore[attr-defined]

    @property
    def closed(self) -> list[Any]:
        return [call.args for call in self.socket.close.call_args_list]  # type: ignore[attr-defined]


def test_a_client_that_is_refused_after_the_handshake_gets_the_reason() -> None:
    handler = Handler(Forbidden("The room was closed.", code="members_only"))
    handler.opened()
    assert handler.sent == ["Error: The room was closed."]
    assert handler.closed == [(POLICY_VIOLATION, "members_only")]


def test_a_bug_while_it_opens_closes_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    handler = Handler(ValueError("a bug"))
    handler.opened()
    assert (handler.sent, handler.closed) == ([], [(INTERNAL_ERROR,)])
    assert "ValueError: a bug" in caplog.text


def test_a_bug_while_a_message_is_handled_is_an_error_and_closes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    handler = Handler(ValueError("a bug"))
    handler.message_received("hej")
    assert len(handler.sent) == 1 and handler.sent[0].startswith("Error: Something went wrong")
    assert handler.closed == [] and "ValueError: a bug" in caplog.text


def test_a_handler_that_handles_no_messages_says_so(caplog: pytest.LogCaptureFixture) -> None:
    handler = WebSocketHandler(Mock(address="192.0.2.1", slot=1))
    handler.opened()
    handler.message_received("hej")
    assert "NotImplementedError" in caplog.text
    handler.socket.close.assert_not_called()  # type: ignore[attr-defined]
