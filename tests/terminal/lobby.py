"""The lobby of a server, as tests of sessions post to it and read it."""

import asyncio

from tests.support.server import LiveServer


def say(server: LiveServer, text: str, nick: str = "eva") -> int:
    reply = server.post("/chat/rooms/lobby/messages", {"nick": nick, "text": text})
    assert reply.status == 201
    number: int = reply.json["data"]["id"]
    return number


def stored(server: LiveServer) -> list[str]:
    page = server.get("/chat/rooms/lobby/messages?limit=200").json["data"]
    return [message["text"] for message in page]


async def start_again(server: LiveServer) -> None:
    await asyncio.to_thread(server.start)
