"""Watching the tokens of connections, in this process."""

import logging
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from me_api.auth import tokens, users
from me_api.auth.identity import Identity
from me_api.errors import Forbidden
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
    assert watch.renew(holder, "token") is renewed.user
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
    assert late.identity.refusal is tokens.bad_token
    watch.check_users()
    assert (early.expired, late.expired) == (1, 1)
