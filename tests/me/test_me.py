"""The front page: a description of the API, and links that work."""

from flask import Flask
from werkzeug.exceptions import MethodNotAllowed

from tests.support.app import Person, errors_of, make_user


def test_it_describes_the_api(anybody: Person) -> None:
    response = anybody.get("/")
    assert response.status_code == 200
    me = response.get_json()["data"]
    assert (me["name"], me["author"]) == ("me-api", None)
    assert me["description"]
    assert set(me) == {"name", "description", "author", "links", "me"}


def test_its_author_is_the_first_owner(app: Flask, anybody: Person) -> None:
    for nick, role in (("kim", "member"), ("mos", "owner"), ("ada", "owner")):
        make_user(app, nick, role)
    assert anybody.get("/").get_json()["data"]["author"] == "mos"


def test_every_link_works(app: Flask, anybody: Person) -> None:
    routes = app.url_map.bind("localhost")
    for path in anybody.get("/").get_json()["data"]["links"].values():
        try:
            routes.match(path)
        except MethodNotAllowed as other:
            assert "POST" in (other.valid_methods or ())


def test_an_unknown_path_is_answered_in_the_envelope(anybody: Person) -> None:
    assert errors_of(anybody.get("/åäö")) == [(404, "not_found", None)]
