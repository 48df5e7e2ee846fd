"""What features store about users, as accounts use it: to be downloaded, and to be deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

from me_api.auth.users import User
from me_api.eventlog import Transaction
from me_api.extensions import app_extension

Page = list[dict[str, Any]]


class UserData(Protocol):
    """What one feature stores about users."""

    name: str
    """Of the field in the download."""

    def pages(self, user: User) -> Iterator[Page]:
        """Yield all that is stored about a user; block this greenlet only."""


@runtime_checkable
class WrittenData(UserData, Protocol):
    """What one feature stores that is deleted with the account, if its user chooses that."""

    def delete(self, user: User) -> int:
        """Delete what a user has written but for tombstones; return how much it was."""


@runtime_checkable
class ShownNick(Protocol):
    """What one feature shows under the nick that a user has now, not under that of then."""

    def renamed(self, transaction: Transaction, user: User) -> None:
        """Publish it under the new nick; in the committer's thread, without Flask's contexts."""


user_data: list[UserData] = app_extension("user_data")


class NickUse(Protocol):
    """Which nicks are in use by those who are connected."""

    def check(self, nick: str, sender: str) -> None:
        """Raise `Conflict` if another sender is connected under a nick."""


nick_use: NickUse = app_extension("nick_use")
