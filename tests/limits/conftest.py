"""Clients of any address: the server believes X-Forwarded-For, as behind a proxy."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.limits.senders import Sender
from tests.support.fixtures import anybody, app, limited, make_person, template
from tests.support.server import LiveServer

__all__ = ["anybody", "app", "limited", "make_person", "template"]

MakeSender = Callable[..., Sender]


@pytest.fixture
def make_limited(make_server: MakeServer) -> MakeServer:
    """Return a function that starts servers with rate limits, behind a proxy."""
    return partial(make_server, rate_limits="on", trusted_proxies=1)


@pytest.fixture
def server(make_limited: MakeServer) -> LiveServer:
    """Start a server with the default rate limits, behind a proxy."""
    return make_limited()


@pytest.fixture
def open_sender() -> Iterator[MakeSender]:
    """Return a function that makes senders of a kind, which are closed after the test."""
    made: list[Sender] = []

    def make(kind: type[Sender], *arguments: Any, **options: Any) -> Sender:
        made.append(kind(*arguments, **options))
        return made[-1]

    yield make
    for sender in made:
        sender.close()
