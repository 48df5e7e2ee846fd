"""Nicks of users that are changed while the users are connected."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context

from me_api.auth.nicks import fold
from me_api.auth.users import User
from me_api.chat.author import Client, ConnectionAuthor
from me_api.chat.presence.registry import presence
from me_api.errors import ApiError
from me_api.extensions import loop


def concerns(connection: Client, nick: str | None, before: User) -> bool:
    """Return whether this nick of a connection is one that its user, `before`, has changed."""
    user = connection.identity.user
    # What has changed may be the role alone.
    changed = user is not None and user.nick != before.nick
    return changed and nick is not None and fold(nick) == fold(before.nick)


def rename_later(
    make_author: Callable[[], ConnectionAuthor], renamed: Callable[[], None] | None = None
) -> None:
    """Show a connection under the nick that its user has now, soon; call `renamed` then.

    Does not wait.
    """
    # Whoever calls this publishes, and storing the nick in the session waits for the publisher.
    loop.spawn(copy_context().run, _rename, make_author, renamed)


def _rename(
    make_author: Callable[[], ConnectionAuthor], renamed: Callable[[], None] | None
) -> None:
    author = make_author()
    client, user = author.client, author.identity.user
    if client.closed or user is None:
        return
    try:
        nick = author.rename(user.nick)
    except ApiError as error:
        # It is not the user's own any more. Whatever else is wrong, nothing is shown as verified.
        if client.nick is not None and not client.closed:
            presence.rename(client, client.nick, verified=False)
        presence.send([client], "notice", {"text": error.detail})
    else:
        presence.send([client], "notice", {"text": f"You are {nick} now."})
    if renamed is not None:
        renamed()
