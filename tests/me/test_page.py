"""The me-page: for browsers only, under a strict policy, and only if it has been built."""

import gzip
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from me_api.me.page import Page
from me_api.rest.security import content_security_policy
from tests.conftest import MakeServer
from tests.support.app import Person, errors_of, make_user
from tests.support.wait import WAIT_SECONDS

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
SCRIPT = "console.log('hej');" * 50
FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>me</title>")
    (folder / "assets" / "index-a1.js").write_text(SCRIPT)
    (folder / "assets" / "mark-b2.svg").write_text("<svg/>")
    (folder / "assets" / "notes.txt").write_text("not the page's")
    return folder


@pytest.fixture
def paged(app: Flask, build: Path) -> Flask:
    app.extensions["page"] = Page(build)
    return app


@pytest.mark.parametrize(
    "accept", [BROWSER, "text/html", "text/*", "application/json;q=0.1, text/html;q=0.2"]
)
def test_a_browser_gets_the_page(paged: Flask, accept: str) -> None:
    response = Person(paged).get("/", headers={"Accept": accept})
    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert "<title>me</title>" in response.text


@pytest.mark.parametrize(
    "accept", [None, "*/*", "application/json", "text/html;q=0.5, application/json"]
)
def test_other_clients_get_json(paged: Flask, accept: str | None) -> None:
    response = Person(paged).get("/", headers={"Accept": accept} if accept else {})
    assert response.get_json()["data"]["name"] == "me-api"


def test_caches_separate_page_and_json_and_revalidate(paged: Flask) -> None:
    for accept in (BROWSER, "*/*"):
        assert "Accept" in Person(paged).get("/", headers={"Accept": accept}).vary
    first = Person(paged).get("/", headers={"Accept": BROWSER})
    assert first.headers["Cache-Control"] == "no-cache"
    known = {"Accept": BROWSER, "If-None-Match": first.headers["ETag"]}
    again = Person(paged).get("/", headers=known)
    assert (again.status_code, again.data) == (304, b"")
    assert "Accept" in again.vary


def test_the_page_may_only_connect_to_its_own_host(paged: Flask) -> None:
    response = Person(paged).get("/", headers={"Accept": BROWSER, "Host": "me.example:8000"})
    rules = dict(
        rule.strip().split(" ", 1)
        for rule in response.headers["Content-Security-Policy"].split(";")
    )
    assert rules == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: https:",
        "font-src": "'self'",
        "manifest-src": "'self'",
        "connect-src": "'self' ws://me.example:8000 wss://me.example:8000",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("host", ["a b", "x; script-src *", "x,y", "http://x", ""])
def test_an_invalid_host_is_not_put_into_the_policy(host: str) -> None:
    policy = content_security_policy(host)
    assert "ws://" not in policy and "connect-src 'self';" in policy


def test_an_ipv6_address_is_a_host() -> None:
    assert "ws://[::1]:1337 " in content_security_policy("[::1]:1337")


def test_files_with_a_hash_are_immutable(paged: Flask) -> None:
    response = Person(paged).get("/assets/index-a1.js")
    assert (response.status_code, response.mimetype) == (200, "text/javascript")
    assert response.text == SCRIPT
    assert response.headers["Cache-Control"] == FOREVER
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_files_are_compressed_if_that_is_smaller_and_accepted(paged: Flask) -> None:
    plain = Person(paged).get("/assets/index-a1.js")
    zipped = Person(paged).get("/assets/index-a1.js", headers={"Accept-Encoding": "br, gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.data).decode() == SCRIPT
    assert "Accept-Encoding" in zipped.vary and "Accept-Encoding" in plain.vary
    assert plain.headers["ETag"] != zipped.headers["ETag"]
    refused = Person(paged).get("/assets/index-a1.js", headers={"Accept-Encoding": "gzip;q=0"})
    small = Person(paged).get("/assets/mark-b2.svg", headers={"Accept-Encoding": "gzip"})
    for response in (plain, refused, small):
        assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize(
    "name", ["nothing.js", "notes.txt", "..%2findex.html", "%2e%2e/%2e%2e/config.py"]
)
def test_no_other_file_is_served(paged: Flask, name: str) -> None:
    assert errors_of(Person(paged).get(f"/assets/{name}")) == [(404, "not_found", None)]


def test_without_a_build_a_browser_gets_json(app: Flask, tmp_path: Path) -> None:
    app.extensions["page"] = Page(tmp_path / "nowhere")
    response = Person(app).get("/", headers={"Accept": BROWSER})
    assert response.get_json()["data"]["name"] == "me-api"
    assert errors_of(Person(app).get("/assets/index-a1.js")) == [(404, "not_found", None)]


def test_the_banner_links_the_page_or_says_how_to_build_it(
    make_server: MakeServer, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGE_FOLDER", str(build))
    server = make_server(entry="with_page")
    assert f"in a browser     {server.url}\n" in server.log
    monkeypatch.setenv("PAGE_FOLDER", str(build / "nowhere"))
    server = make_server(entry="with_page")
    (line,) = [line for line in server.log.splitlines() if "make page" in line]
    assert "not built" in line


def test_page_and_json_are_not_mixed_up_on_one_connection(
    make_server: MakeServer, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A response that is cached for one kind of client is never sent to the other."""
    monkeypatch.setenv("PAGE_FOLDER", str(build))
    server = make_server(entry="with_page")
    with closing(server.connection(WAIT_SECONDS)) as line:
        for _ in range(3):
            for accept, kind in ((BROWSER, "text/html"), ("*/*", "application/json")):
                line.request("GET", "/", headers={"Accept": accept})
                response = line.getresponse()
                response.read()
                assert response.headers.get_content_type() == kind


def test_the_manifest_has_the_name_of_the_owner_and_is_revalidated(paged: Flask) -> None:
    person = Person(paged)
    response = person.get("/manifest.webmanifest")
    assert (response.status_code, response.mimetype) == (200, "application/manifest+json")
    assert response.json is not None and response.json["name"] == "me-api"
    known = {"If-None-Match": response.headers["ETag"]}
    assert person.get("/manifest.webmanifest", headers=known).status_code == 304
    make_user(paged, "mos", "owner")
    renamed = person.get("/manifest.webmanifest", headers=known)
    assert renamed.json is not None and renamed.json["name"] == "mos"
    for icon in renamed.json["icons"]:
        assert person.get(icon["src"]).data.startswith(b"\x89PNG")
    assert errors_of(person.get("/icons/nothing.png")) == [(404, "not_found", None)]


def test_without_a_page_there_is_nothing_to_install(app: Flask, tmp_path: Path) -> None:
    app.extensions["page"] = Page(tmp_path / "nowhere")
    assert errors_of(Person(app).get("/manifest.webmanifest")) == [(404, "not_found", None)]
