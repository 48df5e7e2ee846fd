"""Refusing clients of other protocol versions with an error that also other origins can read."""

from __future__ import annotations

from me_api.errors import BadRequest

PROTOCOL = "4"


def check_version(query: dict[str, list[str]]) -> None:
    """Raise `BadRequest` if a session is to be opened in another version than Engine.IO 4."""
    if query.get("EIO") != [PROTOCOL]:
        raise BadRequest(
            "The client speaks an unsupported version of the Socket.IO protocol: here it is"
            " revision 5, that of socket.io-client 3 and 4 and of python-socketio 5.",
            code="unsupported_client",
        )
