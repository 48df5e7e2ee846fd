"""Writing reports: permissions, what is stored, and what changes nothing."""

from typing import Any

import pytest

from me_api.markdown.schemas import MAX_TEXT
from me_api.reports.schemas import MAX_WEEK
from me_api.validation.texts import MAX_TITLE
from tests.reports.written import FIRST, OTHER, head, read
from tests.support.app import Person, errors_of
from tests.support.fixtures import MakePerson


@pytest.fixture
def mos(make_person: MakePerson) -> Person:
    return make_person("mos")


@pytest.fixture
def ada(make_person: MakePerson) -> Person:
    return make_person("ada")


@pytest.fixture
def owner(make_person: MakePerson) -> Person:
    return make_person("boss", "owner")


def test_a_new_week_is_created(mos: Person, anybody: Person) -> None:
    response = mos.post("/reports", FIRST)
    assert response.status_code == 201
    assert response.headers["Location"].endswith("/reports/week/1")
    assert response.get_json()["data"] == read(anybody)
    assert read(anybody)["author"] == "mos"


def test_a_form_is_accepted_too(mos: Person) -> None:
    assert mos.post("/reports", data=FIRST).status_code == 201
    assert read(mos)["week"] == 1


def test_saving_an_own_week_updates_it(mos: Person) -> None:
    before = mos.post("/reports", FIRST).get_json()["data"]
    response = mos.post("/reports", {**FIRST, **OTHER})
    after = response.get_json()["data"]
    assert response.status_code == 200
    assert (after["title"], after["text"], after["rev"]) == ("Annan", "text", 2)
    assert after["html"] == "<p>text</p>\n"
    assert after["created"] == before["created"]
    assert after["updated"] >= before["updated"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_saving_the_same_again_changes_nothing(mos: Person, method: str) -> None:
    before = mos.post("/reports", FIRST).get_json()["data"]
    response = mos.request(method, "/reports", {**FIRST, "title": " Första "})
    assert response.status_code == (200 if method == "POST" else 204)
    assert read(mos) == before
    assert head(mos) == 1


def test_a_week_of_another_author_is_a_conflict(mos: Person, ada: Person) -> None:
    before = mos.post("/reports", FIRST).get_json()["data"]
    response = ada.post("/reports", {**FIRST, **OTHER})
    assert errors_of(response) == [(409, "week_taken", "week")]
    assert "mos" in response.get_json()["errors"][0]["detail"]
    assert (read(mos), head(mos)) == (before, 1)


@pytest.mark.parametrize("path", ["/reports", "/reports/week/1"])
def test_put_updates_a_report(mos: Person, path: str) -> None:
    mos.post("/reports", FIRST)
    body = OTHER if path.endswith("1") else {**OTHER, "week": 1}
    response = mos.put(path, body)
    assert (response.status_code, response.data) == (204, b"")
    assert (read(mos)["title"], read(mos)["rev"]) == ("Annan", 2)


@pytest.mark.parametrize("path", ["/reports", "/reports/week/1"])
def test_put_creates_nothing(mos: Person, path: str) -> None:
    body = OTHER if path.endswith("1") else {**OTHER, "week": 1}
    assert errors_of(mos.put(path, body)) == [(404, "not_found", "week")]
    mos.post("/reports", FIRST)
    mos.delete("/reports/week/1")
    assert errors_of(mos.put(path, body)) == [(404, "not_found", "week")]
    assert head(mos) == 2


def test_delete_leaves_one_tombstone(mos: Person) -> None:
    mos.post("/reports", FIRST)
    for _ in range(2):
        response = mos.delete("/reports/week/1")
        assert (response.status_code, response.data) == (204, b"")
        assert head(mos) == 2
    assert errors_of(mos.get("/reports/week/1")) == [(404, "not_found", "week")]
    assert mos.get("/reports").get_json()["data"] == []


def test_a_deleted_week_can_be_created_by_another_user(mos: Person, ada: Person) -> None:
    mos.post("/reports", FIRST)
    mos.delete("/reports/week/1")
    response = ada.post("/reports", {**FIRST, **OTHER})
    assert response.status_code == 201
    report = read(mos)
    assert (report["author"], report["rev"], report["deleted"]) == ("ada", 3, False)
    assert report["created"] == report["updated"]
    assert errors_of(mos.delete("/reports/week/1")) == [(403, "forbidden", None)]


def test_others_may_neither_update_nor_delete(mos: Person, ada: Person) -> None:
    before = mos.post("/reports", FIRST).get_json()["data"]
    for response in (
        ada.put("/reports/week/1", OTHER),
        ada.put("/reports", {**OTHER, "week": 1}),
        ada.delete("/reports/week/1"),
    ):
        assert errors_of(response) == [(403, "forbidden", None)]
    assert (read(mos), head(mos)) == (before, 1)
    mos.delete("/reports/week/1")
    assert errors_of(ada.delete("/reports/week/1")) == [(403, "forbidden", None)]


def test_the_owner_may_change_all_and_the_author_stays(mos: Person, owner: Person) -> None:
    mos.post("/reports", FIRST)
    assert owner.post("/reports", {**FIRST, "title": "a"}).status_code == 200
    assert owner.put("/reports/week/1", OTHER).status_code == 204
    assert (read(mos)["author"], read(mos)["title"]) == ("mos", "Annan")
    assert owner.delete("/reports/week/1").status_code == 204


def test_a_preview_is_rendered_and_not_saved(mos: Person) -> None:
    text = "# Hej\n\n<script>x</script> *då*"
    response = mos.post("/reports/preview", {"text": text})
    assert response.status_code == 200
    assert (head(mos), mos.get("/reports").get_json()["data"]) == (0, [])
    saved = mos.post("/reports", {**FIRST, "text": text}).get_json()["data"]
    assert response.get_json()["data"] == {"html": saved["html"]}


@pytest.mark.parametrize("more", [{}, {"title": None}])
def test_a_new_report_without_a_title_is_named_by_its_week(mos: Person, more: Any) -> None:
    """F73: the forms of three students have no field for a title, and were refused with 422."""
    response = mos.post("/reports", {"week": 7, "text": "hej", **more})
    assert (response.status_code, response.get_json()["data"]["title"]) == (201, "Vecka 7")
    assert mos.post("/reports", data={"week": "8", "text": "hej"}).status_code == 201
    assert read(mos, 8)["title"] == "Vecka 8"
    mos.delete("/reports/week/7")
    mos.post("/reports", {"week": 7, "text": "igen"})
    assert read(mos, 7)["title"] == "Vecka 7"


def test_a_report_without_a_title_keeps_its_own(mos: Person) -> None:
    """F73: neither route overwrites a title that was given."""
    mos.post("/reports", FIRST)
    assert mos.post("/reports", {"week": 1, "text": "a"}).status_code == 200
    assert mos.put("/reports", {"week": 1, "text": "b"}).status_code == 204
    assert mos.put("/reports/week/1", {"text": "c"}).status_code == 204
    before = read(mos)
    assert (before["title"], before["text"]) == (FIRST["title"], "c")
    mos.put("/reports/week/1", {"text": "c"})
    assert read(mos) == before


def test_the_longest_text_is_stored_whole(mos: Person) -> None:
    text = "å" * MAX_TEXT
    mos.post("/reports", {**FIRST, "title": "å" * MAX_TITLE, "text": text, "week": MAX_WEEK})
    assert read(mos, MAX_WEEK)["text"] == text
