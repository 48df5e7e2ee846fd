"""Making long-lived tokens in this process, and changing what is stored of them."""

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import text

from me_api.eventlog import Change, Transaction
from tests.support.app import Person

SCOPE = [(403, "token_scope", None)]


@dataclass(frozen=True)
class Run(Change):
    """A statement that a test runs in a transaction of the committer."""

    statement: str
    values: dict[str, Any] = field(default_factory=dict)

    def apply(self, transaction: Transaction) -> None:
        transaction.connection.execute(text(self.statement), self.values)


def create(person: Person, **fields: Any) -> dict[str, Any]:
    reply = person.post("/tokens", {"name": "sensor", "scopes": ["post"], **fields})
    assert reply.status_code == 201, reply.get_json()
    made: dict[str, Any] = reply.get_json()["data"]
    return made


def with_token(app: Flask, made: dict[str, Any]) -> Person:
    return Person(app, made["token"])
