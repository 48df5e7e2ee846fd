"""A change by a user who was checked before, and was demoted, disabled or deleted meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from me_api.auth.audit import OPERATOR, Actor
from me_api.auth.ban_changes import AddBan
from me_api.auth.users import User
from me_api.chat.room_changes import ChangeRoom, DeleteRoom
from me_api.errors import ApiError
from me_api.me.changes import EditPresentation
from me_api.reports.changes import SaveReport, UpdateReport
from me_api.tokens.changes import CreateToken
from me_api.users.account_changes import ChangeAccount, DeleteUser, SignOut
from me_api.users.admin_changes import ManageUser
from tests.support.app import make_user

ENDS: dict[str, Callable[[User], Any]] = {
    "bad_token": lambda user: DeleteUser(user.id, None, keeps_nick=False),
    "account_disabled": lambda user: ManageUser(user.id, OPERATOR, disabled=True),
    "signed_out": lambda user: SignOut(user.id),
}


@pytest.mark.parametrize("code", ENDS)
def test_nothing_is_written_by_a_user_whose_login_has_ended(app: Flask, code: str) -> None:
    user, commit = make_user(app, "mos"), app.extensions["log"].commit
    changes = [
        SaveReport(1, "x", "x", "x", user, user.generation),
        UpdateReport(1, "x", "x", "x", user, user.generation),
        CreateToken("0" * 12, "x", user.id, "x", ("post",), None, None, None, user.generation),
        ChangeAccount(user.id, user.generation, "other"),
    ]
    with app.app_context():
        commit(ENDS[code](user))
        for change in changes:
            with pytest.raises(ApiError) as refused:
                commit(change)
            assert refused.value.code == code, change


def test_nothing_is_done_with_a_role_that_was_taken_away(app: Flask) -> None:
    owner, boss = make_user(app, "mos", "owner"), make_user(app, "boss", "owner")
    actor, commit = Actor.of(owner), app.extensions["log"].commit
    changes = [
        ManageUser(owner.id, actor, role="owner"),
        ChangeRoom("lobby", {"title": "x"}, actor=actor),
        DeleteRoom("lobby", actor, ""),
        EditPresentation({"name": "x"}, actor=actor),
        AddBan(boss.sender, boss.id, "boss", "lobby", None, "", False, actor),
    ]
    for wanted in ({"role": "moderator"}, {"disabled": True}):
        with app.app_context():
            commit(ManageUser(owner.id, Actor.of(boss), **wanted))
            for change in changes:
                with pytest.raises(ApiError, match=r"Your role is|disabled"):
                    commit(change)
