"""Watching the tokens of connections, in this process."""

import logging
from dataclasses import replace
from math import inf
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from me_api.auth import api_tokens, users, web_tokens
from me_api.auth.api_tokens import ApiToken
from me_api.auth.identity import ENDED, Identity
from me_api.auth.scope import TokenScope
from me_api.errors import Forbidden, Unauthorized
from me_api.realtime import token_watch
from me_api.realtime.token_watch import TokenWatch


class Timer:
    """A timer that runs when the test says so."""

    def __init__(self, seconds: float, act: Any) -> None:
        self.seconds, self.act, self.cancelled = seconds, act, False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    def __init__(self) -> None:
        self.timers: list[Timer] = []

    def call_later(self, seconds: float, run: Any, *args: Any) -> Timer:
        self.timers.append(Timer(seconds, lambda: run(*args)))
        return self.timers[-1]


class Holder:
    def __init__(self, identity: Any) -> None:
        self.identity = identity
        self.expired = 0

    def token_expired(self) -> None:
        self.expired += 1


class Clock:
    """A clock that stands where the test has put it."""

    now = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(token_watch, "time", lambda: made.now)
    return made


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def watch(loop: Loop, clock: Clock) -> TokenWatch:
    return TokenWatch(loop, None)  # type: ignore[arg-type]


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the ids of the long-lived tokens whose use is noted."""
    noted: list[str] = []

    class Usage:
        note = staticmethod(noted.append)

    monkeypatch.setattr("me_api.auth.identity.token_usage", Usage)
    return noted


def thing(*rooms: str, expires: float = inf) -> Identity:
    """Return the caller with a long-lived token."""
    return replace(identity(expires), scope=TokenScope("t1", frozenset({"read"}), frozenset(rooms)))


def identity(expires: float, sender: str = "user:1") -> Any:
    class User:
        id = 1
        generation = 0
        disabled = None

    return Identity(user=User(), sender=sender, expires=expires)  # type: ignore[call-arg, arg-type]


def test_a_clock_that_was_set_back_does_not_end_a_token(
    watch: TokenWatch, loop: Loop, clock: Clock
) -> None:
    holder = Holder(identity(1010))
    watch.add(holder)
    clock.now = 940
    loop.timers[0].act()
    assert holder.expired == 0
    assert [timer.seconds for timer in loop.timers] == [10, 70]
    clock.now = 1010
    loop.timers[1].act()
    assert holder.expired == 1


def test_a_holder_that_is_closed_while_its_user_is_read_is_not_watched_again(
    watch: TokenWatch, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = Holder(identity(1010))
    watch.add(holder)
    renewed = identity(2000)

    def identify(*_: object) -> Any:
        watch.remove(holder)
        return renewed

    monkeypatch.setattr(token_watch, "identify", identify)
    watch.renew(holder, "token")
    assert len(loop.timers) == 1 and loop.timers[0].cancelled
    monkeypatch.setattr(token_watch, "identify", lambda *_: renewed)
    watch.renew(holder, "token")
    assert holder.identity is renewed, "one whose token has expired may renew it"
    assert [timer.seconds for timer in loop.timers] == [10, 1000]
    monkeypatch.setattr(token_watch, "identify", lambda *_: identity(3000, "user:2"))
    with pytest.raises(Forbidden):
        watch.renew(holder, "token")


def test_a_holder_that_connects_during_a_change_is_checked_again(
    watch: TokenWatch, loop: Loop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its user was read before the change; also if the database fails meanwhile."""
    early, late = Holder(identity(1010)), Holder(identity(1010))
    watch.add(early)
    assert len(loop.timers) == 1, "no query when nothing has changed"
    monkeypatch.setattr(users, "all_of", lambda engine, ids: {1: early.identity.user})
    watch.check_users()
    watch.add(late)

    def fail(*_: object) -> Any:
        raise OperationalError("SELECT", None, Exception("the server is gone"))

    monkeypatch.setattr(users, "all_of", fail)
    with caplog.at_level(logging.WARNING):
        loop.timers[-1].act()
    assert "the server is gone" in caplog.text
    monkeypatch.setattr(users, "all_of", lambda engine, ids: {})
    loop.timers[-1].act()
    assert (early.expired, late.expired) == (0, 1)
    assert late.identity.refusal is web_tokens.bad_token
    watch.check_users()
    assert (early.expired, late.expired) == (1, 1)


def test_the_use_of_a_long_lived_token_is_noted_while_it_is_open(
    watch: TokenWatch, loop: Loop, clock: Clock, used: list[str]
) -> None:
    holder = Holder(thing("lobby", expires=1900))
    watch.add(holder)
    assert (used, [timer.seconds for timer in loop.timers]) == (["t1"], [600])
    clock.now = 1600
    loop.timers[-1].act()
    assert (used, loop.timers[-1].seconds) == (["t1"] * 2, 300)
    clock.now = 1900
    loop.timers[-1].act()
    assert holder.expired == 1


def test_what_becomes_of_a_long_lived_token_is_applied(
    watch: TokenWatch, loop: Loop, used: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    same = Holder(thing("lobby"))
    user, scope = same.identity.user, TokenScope("t1", frozenset({"read"}), None)
    holder = Holder(replace(same.identity, scope=scope))
    for each in (holder, same):
        watch.add(each)
    stored = {"t1": ApiToken(user, same.identity.scope, inf, "")}  # type: ignore[arg-type]
    monkeypatch.setattr(users, "all_of", lambda *_: {1: user})
    monkeypatch.setattr(api_tokens, "all_of", lambda *_: stored)
    watch.check_users()
    assert holder.identity.scope == same.identity.scope == stored["t1"].scope
    assert (holder.expired, same.expired) == (1, 0)
    stored["t1"] = ApiToken(user, stored["t1"].scope, 1200, "")
    before = len(loop.timers)
    watch.check_users()
    assert (holder.identity.expires, holder.expired) == (1200, 1)
    assert [timer.seconds for timer in loop.timers[before:] if timer.seconds > 1] == [200, 200]
    stored.clear()
    watch.check_users()
    assert (holder.identity.expires, holder.expired, same.expired) == (ENDED, 2, 1)
    with pytest.raises(Unauthorized) as refused:
        holder.identity.check_token()
    assert refused.value.code == "bad_token"
