"""Writing reports, and reading what is stored of them."""

from typing import Any

from tests.support.app import Person

WEEKS = 6
FIRST = {"week": 1, "title": "Första", "text": "hej"}
OTHER = {"title": "Annan", "text": "text"}


def write(person: Person) -> None:
    """Create weeks 1 to 6 (rev 1 to 6), edit week 2 (7), delete week 4 (8)."""
    for week in range(1, WEEKS + 1):
        person.post("/reports", {"week": week, "title": f"v{week}", "text": "*x*"})
    person.put("/reports/week/2", {"title": "v2", "text": "ny"})
    person.delete("/reports/week/4")


def changes(person: Person, query: str = "since=0") -> Any:
    response = person.get(f"/reports/changes?{query}")
    assert response.status_code == 200
    return response.get_json()


def read(person: Person, week: int = 1) -> Any:
    return person.get(f"/reports/week/{week}").get_json()["data"]


def head(person: Person) -> Any:
    return person.get("/reports").get_json()["rev"]
