"""Changes of reports have the same results whether they are committed together or one by one."""

import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from me_api.auth.users import Role, User
from me_api.errors import ApiError
from me_api.eventlog import Change, sqlite_writer
from me_api.eventlog.sqlite_writer import SqliteWriter
from me_api.reports.changes import DeleteReport, SaveReport, UpdateReport
from me_api.reports.schemas import MAX_WEEK
from me_api.storage import engines
from me_api.storage.write_connection import WriteConnection
from me_api.users.changes import CreateUser

NOW = "2100-01-01T00:00:00.000Z"
ROLES: dict[str, Role] = {"mos": "member", "ada": "member", "olle": "owner"}
REGISTER = [CreateUser(f"{nick}@x.se", nick, "none", role) for nick, role in ROLES.items()]
USERS = [User(n, each.email, each.nick or "", each.role) for n, each in enumerate(REGISTER, 1)]

weeks = st.sampled_from([1, 2, 3])
users = st.sampled_from(USERS)
texts = st.sampled_from(["hej", "*då*", "å" * 300])


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Draw a save, an update or a deletion; some are refused, some change nothing."""
    week, user, written = draw(weeks), draw(users), draw(texts)
    missing = st.sampled_from([week, MAX_WEEK + 1])  # A path may contain any number.
    kind = draw(st.sampled_from(["save", "save", "update", "delete"]))
    if kind == "delete":
        return DeleteReport(draw(missing), user)
    content = draw(st.sampled_from(["a", "b"])), written, f"<p>{written}</p>"
    if kind == "update":
        return UpdateReport(draw(missing), *content, user)
    return SaveReport(week, *content, user)


class Reports:
    """A database whose changes are written in one batch or one by one."""

    def __init__(self, path: Path) -> None:
        self.engine = engines.writer_engine(f"sqlite:///{path}")
        event.listen(self.engine, "connect", _without_sync)
        self.writer = SqliteWriter(WriteConnection(self.engine))

    def write(self, batches: Sequence[Sequence[Change]]) -> list[Any]:
        """Write batches; return the outcomes, what is published, and the rows."""
        written = [self.writer.write(batch) for batch in batches]
        outcomes = [_described(outcome) for each in written for outcome in each.outcomes]
        entries = [entry for each in written for entry in each.entries]
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT * FROM reports ORDER BY week")).all()
        return [outcomes, entries, rows, written[-1].head]

    def close(self) -> None:
        self.writer.close()
        self.engine.dispose()


def _without_sync(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF").close()


def _described(outcome: Any) -> Any:
    if isinstance(outcome, ApiError):
        return type(outcome), outcome.code, outcome.detail
    return outcome


numbers = count()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_writer, "timestamp", lambda: NOW)


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(before=st.lists(changes(), max_size=4), batch=st.lists(changes(), min_size=1, max_size=8))
def test_one_batch_does_what_many_do(
    tmp_path: Path, template: Path, clock: None, before: list[Change], batch: list[Change]
) -> None:
    results = []
    for batches in ([batch], [[change] for change in batch]):
        path = tmp_path / f"{next(numbers)}.sqlite"
        shutil.copy(template, path)
        reports = Reports(path)
        reports.write([[*REGISTER, *before]])
        results.append(reports.write(batches))
        reports.close()
        path.unlink()
    assert results[0] == results[1]


def test_a_batch_writes_each_week_once(tmp_path: Path, template: Path) -> None:
    path = tmp_path / "once.sqlite"
    shutil.copy(template, path)
    reports = Reports(path)
    reports.write([[*REGISTER, SaveReport(1, "a", "b", "", USERS[0])]])
    statements: list[str] = []
    event.listen(
        reports.engine,
        "connect",
        lambda driver, _: driver.set_trace_callback(lambda sql: statements.append(sql.split()[0])),
    )
    reports.writer.disconnect()
    saves = [UpdateReport(1, "a", f"text {n}", f"<p>{n}</p>", USERS[0]) for n in range(20)]
    outcomes, entries, rows, _ = reports.write([saves])
    reports.close()
    assert statements.count("UPDATE") == 2  # The report, and the position.
    assert [entry.body["text"] for entry in entries] == [save.text for save in saves]
    assert [body["html"] for body, _ in outcomes] == [save.html for save in saves]
    assert [row.text for row in rows] == ["text 19"]
