"""Revoking a long-lived token in every way that there is."""

from collections.abc import Callable

from tests.support.app import commands_beside
from tests.support.server import LiveServer

Revoke = Callable[[LiveServer, str, str], None]
"""Revokes the token with an id; the last argument is the token of its user's login."""


def by_rest(server: LiveServer, token_id: str, login: str) -> None:
    assert server.delete(f"/tokens/{token_id}", token=login).status == 204


def by_command(server: LiveServer, token_id: str, login: str) -> None:
    with commands_beside(server) as flask:
        assert flask.invoke(args=["tokens", "revoke", token_id]).exit_code == 0


def by_hand(server: LiveServer, token_id: str, login: str) -> None:
    server.query("DELETE FROM tokens WHERE id = :id", id=token_id)


WAYS = (by_rest, by_command, by_hand)
