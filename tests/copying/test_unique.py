"""Unique texts that change hands between two looks of a copy."""

import pytest
from sqlalchemy import Connection, create_engine, insert, select, update

from me_api.auth.models import UserRow
from me_api.copying.tables import write_whole

pytestmark = pytest.mark.sqlite
USERS = UserRow.metadata.tables["users"]


def database(*nicks: str) -> Connection:
    connection = create_engine("sqlite://").connect()
    USERS.create(connection)
    for nick in nicks:
        values = dict.fromkeys(("email", "email_folded", "nick", "nick_folded"), nick)
        others = {"password_hash": "", "role": "member", "created": ""}
        connection.execute(insert(USERS).values({**values, **others}))
    return connection


def test_users_who_have_exchanged_their_nicks_are_copied() -> None:
    with database("kim", "mos", "eva") as source, database("kim", "mos", "eva") as target:
        for user_id, nick in ((1, "x"), (2, "kim"), (1, "mos")):
            source.execute(update(USERS).where(USERS.c.id == user_id).values(nick_folded=nick))
        write_whole(source, target, USERS)
        assert target.execute(select(USERS)).all() == source.execute(select(USERS)).all()
