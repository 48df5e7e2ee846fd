"""Runs the server so that a part of what it sends through Redis is lost, doubled or overtaken."""

import random

import app
from me_api.cluster.redis_sender import Publication, RedisSender

chance = random.Random(1)
send = RedisSender.put


def put(self: RedisSender, message: Publication) -> None:
    fate = "sent" if "beat" in message.channel else chance.choice(["lost", "late", "twice", "sent"])
    if fate == "late":
        self._loop.call_later(chance.random() / 20, send, self, message)
    elif fate != "lost":
        send(self, message)
    if fate == "twice":
        self._loop.call_later(chance.random() / 20, send, self, message)


RedisSender.put = put  # type: ignore[method-assign]
app.main()
