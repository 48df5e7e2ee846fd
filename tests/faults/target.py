"""What is treated badly: one server, or several nodes; as clients and runs use it."""

from typing import Protocol

from tests.faults.checker import UNEXPECTED, Checker, Message
from tests.faults.clients import Address
from tests.support.http import HttpClient


class Target(Protocol):
    """One server with its database, or several nodes behind nginx; and the rooms in it."""

    checker: Checker
    rooms: list[str]
    stream_version: str
    """The version of HTTP in which streams are asked for."""

    @property
    def to_listeners(self) -> Address:
        """Where clients that receive connect to."""

    @property
    def to_posters(self) -> Address:
        """Where clients that post connect to."""

    @property
    def direct(self) -> HttpClient:
        """What is asked whether changes are stored again; no fault is put on the way to it."""

    @property
    def token(self) -> str:
        """The token of a user."""

    @property
    def description(self) -> str:
        """What a report has to say of how faults are made."""

    def recover(self) -> None:
        """Start what has ended, until all is ready, as a supervisor does."""

    def finish(self) -> None:
        """Kill and start everything, and report what logs and databases show."""

    def history(self) -> list[Message]:
        """Return all messages of all rooms."""


def check_log(collected: Checker, name: str, log: str) -> None:
    """Check that a server met no error that it did not expect."""
    head, *traces = log.split("Traceback (most recent call last):")
    for before, trace in zip([head, *traces], traces, strict=False):
        collected.report(UNEXPECTED, name, f"{before[-200:]}...{trace[:2000]}")
