"""Reading reports: the list, one week, and conditional requests."""

from typing import Any

import pytest

from tests.support.app import Person, errors_of
from tests.support.fixtures import MakePerson

FIRST = {"week": 1, "title": "Första", "text": "# Hej *åäö*"}


@pytest.fixture
def mos(make_person: MakePerson) -> Person:
    return make_person("mos")


def test_the_list_is_empty_at_first(anybody: Person) -> None:
    answer = anybody.get("/reports").get_json()
    assert (answer["data"], answer["rev"]) == ([], 0)
    assert answer["epoch"]


def test_a_week_can_be_read_without_a_token(mos: Person, anybody: Person) -> None:
    mos.post("/reports", FIRST)
    report = anybody.get("/reports/week/1").get_json()["data"]
    assert report.pop("created") == report.pop("updated")
    assert report == {
        **FIRST,
        "html": '<h1 id="user-content-hej-åäö">Hej <em>åäö</em></h1>\n',
        "author": "mos",
        "rev": 1,
        "deleted": False,
    }


def test_the_list_has_links_and_no_texts(mos: Person, anybody: Person) -> None:
    for week in (3, 1, 2):
        mos.post("/reports", {**FIRST, "week": week})
    mos.delete("/reports/week/2")
    answer = anybody.get("/reports").get_json()
    assert [report["week"] for report in answer["data"]] == [1, 3]
    assert answer["rev"] == 4
    fields = {"week", "title", "author", "created", "updated", "rev", "links"}
    for report in answer["data"]:
        assert set(report) == fields
        linked = anybody.get(report["links"]["self"]).get_json()["data"]
        assert {name: linked[name] for name in fields - {"links"}} == {
            name: report[name] for name in fields - {"links"}
        }


def test_a_report_that_has_not_changed_is_not_sent_again(mos: Person, anybody: Person) -> None:
    mos.post("/reports", FIRST)
    first = anybody.get("/reports/week/1")
    tag = {"If-None-Match": first.headers["ETag"]}
    again = anybody.get("/reports/week/1", headers=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    mos.put("/reports/week/1", {"title": "Ny", "text": "x"})
    assert anybody.get("/reports/week/1", headers=tag).status_code == 200


@pytest.mark.parametrize(
    "week", ["2", "0", "-1", "999999", "1000000", "9" * 30, "abc", "1.5", "åäö", ""]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_week_without_a_report_is_not_found(mos: Person, method: str, week: str) -> None:
    mos.post("/reports", FIRST)
    body: Any = {"title": "t", "text": "x"} if method == "PUT" else None
    found = errors_of(mos.request(method, f"/reports/week/{week}", body))
    assert found == [(404, "not_found", "week" if week.isdecimal() else None)]


def test_another_method_is_refused(mos: Person) -> None:
    response = mos.request("PATCH", "/reports/week/1", {})
    assert errors_of(response) == [(405, "method_not_allowed", None)]
    assert "GET" in response.headers["Allow"]
