"""The server and the rooms of the chat's tests."""

from tests.chat.conftest import chat_server, make_room, owner, room, server

__all__ = ["chat_server", "make_room", "owner", "room", "server"]
