"""The rate limits of a request, for the sender and the address that it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from werkzeug.exceptions import HTTPException

from me_api.auth.identity import ANONYMOUS, Identity
from me_api.auth.rate_keys import caller_keys, nick_keys
from me_api.cluster import cluster
from me_api.errors import ApiError
from me_api.rate_limits import RateKeys, is_for_senders, rate_limiter
from me_api.rest.request import caller, client_network, read_body

SHARED = ("login", "failed_login", "register", "reset")
"""The limits that all nodes count together: nobody may guess passwords at each of them."""
MAX_NICK = 32
"""Characters of a nick by which senders are distinguished here. It is validated later."""


def check_limit(limit: str) -> None:
    """Count the current request; raise `TooManyRequests`."""
    if is_for_senders(limit):
        rate_limiter.check(limit, _keys(limit))
    else:
        address = client_network()
        rate_limiter.check_address(limit, address)
        _check_nodes(limit, address, count=True)


@contextmanager
def limited_failures(limit: str) -> Iterator[None]:
    """Count the current request if it is refused; raise `TooManyRequests` after too many."""
    address = client_network()
    rate_limiter.require(limit, address)
    _check_nodes(limit, address, count=False)
    try:
        yield
    except (ApiError, HTTPException) as error:
        if _status(error) < HTTPStatus.INTERNAL_SERVER_ERROR:
            rate_limiter.spend(limit, address)
            _spend_on_nodes(limit, address)
        raise


def _check_nodes(limit: str, address: str, *, count: bool) -> None:
    """Raise `TooManyRequests` if too many were made at all nodes together."""
    if limit in SHARED and rate_limiter.enabled:
        rate = rate_limiter.rate(limit)
        seconds = cluster.limit(limit, rate, address, count=count, force=False)
        if seconds > 0:
            rate_limiter.refuse(limit, seconds)


def _spend_on_nodes(limit: str, address: str) -> None:
    if limit in SHARED and rate_limiter.enabled:
        cluster.limit(limit, rate_limiter.rate(limit), address, count=True, force=True)


def _status(error: ApiError | HTTPException) -> int:
    return error.status if isinstance(error, ApiError) else error.code or 500


def _keys(limit: str) -> RateKeys:
    address, identity = client_network(), _identity()
    if identity.sender is not None:
        return caller_keys(identity, address)
    # Checked first, so that a flood is refused before its bodies are parsed.
    rate_limiter.require(f"address_{limit}", address)
    return nick_keys(address, _nick())


def _identity() -> Identity:
    try:
        return caller()
    except ApiError:
        # A bad token is counted like no token. It is refused when the view asks for the caller.
        return ANONYMOUS


def _nick() -> str:
    """Return the nick in the body; empty without one, also if the body cannot be read."""
    try:
        body = read_body()
    except (ApiError, HTTPException):
        return ""
    nick = body.get("nick") if isinstance(body, dict) else None
    return nick[:MAX_NICK] if isinstance(nick, str) else ""
