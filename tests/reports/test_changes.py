"""Changes of reports after a position, from memory and from the database."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from me_api.eventlog import log
from me_api.extensions import db
from me_api.reports.feed import ReportsFeed
from me_api.validation import PAGE
from tests.reports.written import changes, write
from tests.support.app import Person, errors_of, fresh_app, open_app
from tests.support.fixtures import MakePerson


@pytest.fixture
def mos(make_person: MakePerson) -> Person:
    return make_person("mos")


def test_each_report_is_listed_once_in_its_latest_version(mos: Person, anybody: Person) -> None:
    write(mos)
    answer = changes(anybody)
    assert [(r["rev"], r["week"], r["deleted"]) for r in answer["data"]] == [
        (1, 1, False),
        (3, 3, False),
        (5, 5, False),
        (6, 6, False),
        (7, 2, False),
        (8, 4, True),
    ]
    assert (answer["rev"], answer["more"]) == (8, False)
    assert answer["epoch"] == anybody.get("/reports").get_json()["epoch"]
    alive = [report for report in answer["data"] if not report["deleted"]]
    assert all(anybody.get(f"/reports/week/{r['week']}").get_json()["data"] == r for r in alive)


def test_nothing_of_a_deleted_report_remains(mos: Person, anybody: Person) -> None:
    write(mos)
    tombstone = changes(anybody)["data"][-1]
    assert [tombstone[name] for name in ("title", "text", "html")] == [None, None, None]
    assert (tombstone["week"], tombstone["author"]) == (4, "mos")
    assert tombstone["updated"] >= tombstone["created"]


@pytest.mark.parametrize("since", range(9))
@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_any_sequence_of_pages_ends_with_all_reports(
    mos: Person, anybody: Person, since: int, limit: int
) -> None:
    write(mos)
    whole = [r for r in changes(anybody)["data"] if r["rev"] > since]
    walked: list[Any] = []
    more, rev = True, since
    while more:
        answer = changes(anybody, f"since={rev}&limit={limit}")
        assert len(answer["data"]) <= limit
        walked += answer["data"]
        more, rev = answer["more"], answer["rev"]
    assert (walked, rev) == (whole, 8)


def test_since_defaults_to_the_beginning(mos: Person, anybody: Person) -> None:
    write(mos)
    assert changes(anybody, "") == changes(anybody)


def test_a_page_has_fifty_reports_by_default(mos: Person, anybody: Person) -> None:
    for week in range(1, PAGE + 2):
        mos.post("/reports", {"week": week, "title": "t", "text": "*"})
    answer = changes(anybody)
    assert (len(answer["data"]), answer["rev"], answer["more"]) == (PAGE, PAGE, True)


def test_memory_and_database_return_the_same(app: Flask, mos: Person, tmp_path: Path) -> None:
    write(mos)
    remembered = changes(mos)
    with open_app(tmp_path, tmp_path / "me-api.sqlite") as again:
        assert changes(Person(again)) == remembered
        assert changes(Person(again), "since=2&limit=3") == changes(mos, "since=2&limit=3")


def test_the_feed_reads_and_counts_between_two_positions(app: Flask, mos: Person) -> None:
    write(mos)
    feed = ReportsFeed()
    with app.app_context(), db.engine.connect() as connection:
        for after in range(9):
            for upto in range(after, 9):
                entries = feed.changes(connection, None, after, upto, 100)
                revs = [entry.rev for entry in entries]
                assert revs == [rev for rev in (1, 3, 5, 6, 7, 8) if after < rev <= upto]
                assert feed.count(connection, "reports", after, upto, 100) == len(revs)
        entries = feed.changes(connection, "reports", 0, 8, 2)
        assert [(e.rev, e.topic, e.key, e.body["week"]) for e in entries] == [
            (1, "reports", 1, 1),
            (3, "reports", 3, 3),
        ]
        assert feed.count(connection, "reports", 0, 8, 2) == 2


def test_a_foreign_epoch_is_answered_with_the_true_position(mos: Person, anybody: Person) -> None:
    write(mos)
    epoch = changes(anybody)["epoch"]
    assert changes(anybody, f"since=8&epoch={epoch}")["data"] == []
    response = anybody.get("/reports/changes?since=1&epoch=foreign")
    assert errors_of(response) == [(410, "foreign_epoch", None)]
    assert (response.get_json()["rev"], response.get_json()["epoch"]) == (8, epoch)


def test_a_position_beyond_the_end_is_answered_with_the_true_one(
    mos: Person, anybody: Person
) -> None:
    write(mos)
    response = anybody.get("/reports/changes?since=9")
    assert errors_of(response) == [(410, "beyond_head", None)]
    assert response.get_json()["rev"] == 8


@pytest.mark.parametrize(
    ("query", "source"),
    [
        ("since=-1", "since"),
        ("since=x", "since"),
        ("since=9007199254740993", "since"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("wait=-1", "wait"),
        ("wait=61", "wait"),
        ("wait=nan", "wait"),
        ("wait=inf", "wait"),
        ("epoch=" + "x" * 65, "epoch"),
        ("after=1", "after"),
    ],
)
def test_an_invalid_query_is_refused(anybody: Person, query: str, source: str) -> None:
    found = errors_of(anybody.get(f"/reports/changes?{query}"))
    assert found == [(422, "invalid", source)]


def test_a_refused_change_takes_no_position(app: Flask, mos: Person) -> None:
    mos.delete("/reports/week/1")
    mos.put("/reports", {"week": 1, "title": "t", "text": "x"})
    with app.app_context():
        assert log.delivered == 0


def test_an_app_starts_at_the_head_of_the_log(tmp_path: Path, template: Path) -> None:
    with fresh_app(tmp_path, template) as app:
        first = json.dumps(changes(Person(app)))
    with open_app(tmp_path, tmp_path / "me-api.sqlite") as app:
        assert json.dumps(changes(Person(app))) == first


def test_reports_are_published_under_the_new_nick_of_their_author(
    mos: Person, make_person: MakePerson
) -> None:
    write(mos)
    make_person("kim").post("/reports", {"week": 9, "text": "not mine"})
    before = {report["week"]: report for report in changes(mos)["data"]}
    rev = changes(mos)["rev"]
    for _ in range(2):  # The second changes nothing.
        assert mos.request("PATCH", "/account", {"nick": "mosse"}).status_code == 200
    answer = changes(mos, f"since={rev}")
    assert [report["week"] for report in answer["data"]] == [1, 3, 5, 6, 2]
    for report in answer["data"]:
        old = before[report["week"]]
        assert report == {**old, "author": "mosse", "rev": report["rev"]}
        assert report["html"] == old["html"] and report["html"]
        assert mos.get(f"/reports/week/{report['week']}").get_json()["data"] == report
    assert answer["rev"] == rev + 5
