"""The presentation, as what is stored about the owner whom it presents."""

from __future__ import annotations

from collections.abc import Iterator

from me_api.auth import lookup
from me_api.auth.user_data import Page
from me_api.auth.users import User
from me_api.me import service


class PresentationOfUser:
    """The presentation of the author. Implements `me_api.auth.user_data.UserData`.

    It stays when the account is deleted: it is the site's, and the next owner's to change.
    """

    name = "me"

    def pages(self, user: User) -> Iterator[Page]:
        """Yield the presentation for the first owner, whom the site is about."""
        owner = lookup.owner()
        presentation = service.find()
        if presentation is not None and owner is not None and owner.id == user.id:
            yield [presentation]
