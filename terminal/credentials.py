"""As which user or guest a program connects."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Login:
    """What a new token is requested with, when the old one has expired."""

    email: str
    password: str


@dataclass(slots=True)
class Credentials:
    """A token, or the secret of a guest, or neither; and the login that the token came from."""

    token: str | None = None
    guest: str | None = None
    login: Login | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that prove it. They are not sent to where a server redirects."""
        if self.token is not None:
            return {"Authorization": f"Bearer {self.token}"}
        return {} if self.guest is None else {"X-Guest": self.guest}
