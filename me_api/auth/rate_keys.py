"""The buckets in which the requests of a caller are counted (see `me_api.rate_limits`).

An address is what `me_api.transport.network` returns: of IPv6 the /64.
"""

from __future__ import annotations

from me_api.auth.identity import Identity
from me_api.rate_limits import RateKeys


def caller_keys(identity: Identity, address: str) -> RateKeys:
    """Return the keys of a user, or of a guest who is known by a secret."""
    # Users and guests of an address are counted apart: what guests do keeps no user from writing.
    shared = address if identity.user is None else f"{address} users"
    return RateKeys(identity.sender or "", shared)


def connection_keys(address: str, slot: int) -> RateKeys:
    """Return the keys of a connection whose client has neither an account nor a secret.

    The `slot` is its number among the open connections of the address.
    """
    # Not the nick, which can be changed with each message, nor the connection's id: reconnecting
    # would fill the bucket.
    return RateKeys(f"{address}#{slot}", address)


def nick_keys(address: str, nick: str) -> RateKeys:
    """Return the keys of a request from nobody known, under a nick that is not checked."""
    return RateKeys(f"{address} {nick}", address)
