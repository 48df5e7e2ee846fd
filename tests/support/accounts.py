"""Accounts on a server that runs."""

from tests.support.app import PASSWORD, commands_beside
from tests.support.server import LiveServer


def create_user(server: LiveServer, nick: str, *options: str) -> None:
    """Create a user by the command line, with the address NICK@example.com."""
    given = ["--email", f"{nick}@example.com", "--nick", nick, "--password", PASSWORD, *options]
    with commands_beside(server) as runner:
        result = runner.invoke(args=["users", "create", *given])
    assert result.exit_code == 0, result.output


def log_in(server: LiveServer, nick: str) -> str:
    """Return a token of a user."""
    answer = server.post("/login", {"email": f"{nick}@example.com", "password": PASSWORD})
    token: str = answer.json["data"]["token"]
    return token


def owner_token(server: LiveServer, nick: str = "mos") -> str:
    """Create an owner, and return a token."""
    create_user(server, nick, "--owner")
    return log_in(server, nick)
