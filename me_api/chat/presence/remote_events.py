"""What is stored nowhere and goes to clients on all nodes: typing, and messages to one person."""

from __future__ import annotations

from me_api.auth.nicks import fold
from me_api.chat.presence.registry import PresenceRegistry, presence
from me_api.cluster import Cluster, Soft
from me_api.concurrency import Loop
from me_api.errors import StorageUnavailable

RETRY_SECONDS = 0.5
"""Seconds after which a nick is claimed again, if the database could not be asked."""
TAKEN = "Somebody else has taken your nick while this server was cut off: choose another."


def send_typing(room: str, sender: str, nick: str) -> None:
    """Send to the others in a room, on all nodes, that somebody is writing."""
    _send_typing(presence, room, sender, nick)
    body = {"room": room, "sender": sender, "nick": nick}
    presence.shared.send("typing", body, droppable=True)


def send_notice(nick: str, text: str) -> None:
    """Send a notice to those with this nick, on other nodes."""
    presence.shared.send("msg", {"nick": nick, "text": text})


def receive(loop: Loop, cluster: Cluster, registry: PresenceRegistry) -> None:
    """Pass on what other nodes send, and claim the nicks anew after the lease had lapsed."""

    def typing(soft: Soft) -> None:
        _send_typing(registry, soft.body["room"], soft.body["sender"], soft.body["nick"])

    def notice(soft: Soft) -> None:
        addressees = registry.nicknames.connections(soft.body["nick"])
        registry.send(addressees, "notice", {"text": soft.body["text"]})

    def claim_again() -> None:
        for nick in registry.nicknames.in_use():
            # Each in a greenlet of its own, so that they are claimed together.
            loop.spawn(_claim_again, loop, registry, nick)

    cluster.subscribe("typing", typing)
    cluster.subscribe("msg", notice)
    cluster.on_renewed(claim_again)


def _send_typing(registry: PresenceRegistry, room: str, sender: str, nick: str) -> None:
    others = [each for each in registry.connections(room) if each.sender != sender]
    registry.send(others, "typing", {"room": room, "nick": nick})


def _claim_again(loop: Loop, registry: PresenceRegistry, nick: str) -> None:
    connections = registry.nicknames.connections(nick)
    if not connections:
        return
    try:
        if registry.shared.claim(fold(nick), connections[0].sender):
            return
    except StorageUnavailable:
        # The lease is renewed on another connection than nicks are claimed on.
        loop.call_later(RETRY_SECONDS, _claim_again, loop, registry, nick)
        return
    for connection in registry.nicknames.connections(nick):
        registry.lose_nick(connection)
    registry.send(connections, "notice", {"text": TAKEN})
