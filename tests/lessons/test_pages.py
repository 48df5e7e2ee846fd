"""The pages of docs/kurs, as the server renders them, and what they say of themselves."""

import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing

import click
import pytest
from flask import Flask

from me_api.extensions import db
from me_api.lessons.library import FOLDER
from tests.lessons.plain_servers import EXAMPLES
from tests.support.app import Person, errors_of, make_user

PAGES = {path.stem for path in FOLDER.glob("*.md")}
LESSONS = sorted(PAGES - {"README", "lararen"})
HOST = {"Host": "kurs.example:8000"}


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text()


def test_every_lesson_has_a_client_and_a_server_beside_it() -> None:
    assert len(LESSONS) == 12
    programs = {path.name for path in EXAMPLES.iterdir() if path.is_file()}
    pairs = {f"{name}.{kind}" for name in LESSONS for kind in ("html", "py")}
    assert programs == pairs | {"langsam.py"}
    for name in LESSONS:
        assert 40 <= len((EXAMPLES / f"{name}.py").read_text().splitlines()) <= 60, name
        assert len((EXAMPLES / f"{name}.html").read_text().splitlines()) <= 100, name


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_its_parts(name: str) -> None:
    """An English summary, the time, the idea, what to run, what to try, what is lost."""
    text = text_of(name)
    summary = text.partition("\n\n")[2]
    assert summary.startswith("> **In English:** ")
    (minutes,) = re.findall(r"^\*\*Tid:\*\* (\d+) minuter\.", text, re.M)
    assert f"{minutes} minutes." in " ".join(summary.partition("\n\n")[0].split())
    assert re.search(rf"^\| \[.*\]\({name}\.md\) \|.*\| {minutes} min \|$", text_of("README"), re.M)
    headings = re.findall(r"^## (.*)$", text, re.M)
    known = ["Idén", "Kör", "Prova", "Vad som går förlorat"]
    assert [heading for heading in headings if heading in known] == known
    lost = text.partition("## Vad som går förlorat")[2]
    assert "dödas" in lost and "laddas om" in lost
    assert "ångsam" in text


def test_pages_are_rendered_with_the_address_of_the_request(anybody: Person) -> None:
    for name in sorted(PAGES):
        check_page(anybody, name)


def check_page(anybody: Person, name: str) -> None:
    response = anybody.get("/kurs/" if name == "README" else f"/kurs/{name}", headers=HOST)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    title = text_of(name).partition("\n")[0].removeprefix("# ")
    assert f"<title>{title}</title>" in response.text
    assert re.search(rf"<h1[^>]*>{title}</h1>", response.text)
    assert "127.0.0.1:1337" not in response.text
    links = re.findall(r'<a href="([^"]*)"', response.text)
    for link in links:
        if link.startswith(("http:", "https:")):
            continue
        # From the address of the index without a slash, a relative one would lead elsewhere.
        assert link.startswith("/"), link
        assert anybody.get(link).status_code == 200, link


def test_an_example_talks_to_the_server_that_it_came_from(anybody: Person) -> None:
    for scheme in ("http", "https"):
        check_address(anybody, scheme)


def check_address(anybody: Person, scheme: str) -> None:
    path = "/kurs/exempel/socketio-chatt.html"
    response = anybody.get(path, base_url=f"{scheme}://kurs.example:8000")
    assert f'<script src="{scheme}://kurs.example:8000/socket.io/socket.io.js">' in response.text
    assert f'?? "{scheme}://kurs.example:8000"' in response.text
    policy = response.headers["Content-Security-Policy"]
    assert "connect-src 'self' ws://kurs.example:8000" in policy
    assert "http://127.0.0.1:* ws://127.0.0.1:*;" in policy
    assert "'unsafe-inline'" not in policy and policy.count("sha256-") == 2


def test_a_host_that_is_none_does_not_get_into_an_example(anybody: Person) -> None:
    host = {"Host": 'x"><script>alert(1)</script>'}
    assert "alert(1)" not in anybody.get("/kurs/exempel/eko.html", headers=host).text


def test_programs_are_shown_as_text(anybody: Person) -> None:
    response = anybody.get("/kurs/exempel/eko.py")
    assert (response.mimetype, response.headers["X-Content-Type-Options"]) == (
        "text/plain",
        "nosniff",
    )
    assert response.text == (EXAMPLES / "eko.py").read_text()


def test_pages_are_revalidated(anybody: Person) -> None:
    for path in ("/kurs/", "/kurs/exempel/eko.html"):
        first = anybody.get(path)
        assert first.headers["Cache-Control"] == "no-cache"
        assert (
            anybody.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
        )


def test_no_other_file_is_served(anybody: Person) -> None:
    names = ["nothing", "..", "exempel/nothing.html", "exempel/..", "exempel/..%2fREADME.md", "*"]
    for path in names:
        assert errors_of(anybody.get(f"/kurs/{path}")) == [(404, "not_found", None)]


def test_the_front_page_links_it(app: Flask) -> None:
    assert Person(app).get("/").get_json()["data"]["links"]["course"] == "/kurs/"


def test_the_test_that_an_example_has_passes_and_can_fail() -> None:
    path = EXAMPLES / "testa.py"

    def run(program: str) -> int:
        command = [sys.executable, "-c", program, "test"]
        return subprocess.run(command, check=False, capture_output=True).returncode

    assert run(path.read_text()) == 0
    assert run(path.read_text().replace('    emit("message"', '    print("message"')) == 1


def flask_commands(name: str) -> list[list[str]]:
    """Return the arguments of each command of `flask` on a page."""
    text = re.sub(r"`([^`\n]+)`", r"\n\1\n", text_of(name))
    found = re.findall(r"\.venv/bin/flask ([^#\n|<>;)]+)", text)
    return [shlex.split(command) for command in found]


@pytest.mark.parametrize("name", [name for name in sorted(PAGES) if flask_commands(name)])
def test_the_commands_of_a_page_exist_with_their_options(app: Flask, name: str) -> None:
    for arguments in flask_commands(name):
        command: click.Command | None = app.cli
        while isinstance(command, click.Group):
            command = command.get_command(click.Context(command), arguments.pop(0))
        assert command is not None, arguments
        # Without prompts; an unknown option raises a `UsageError`.
        _, rest, _ = command.make_parser(click.Context(command)).parse_args(list(arguments))
        assert not rest, (command.name, rest)


def test_what_the_teacher_is_told_deletes_an_account(app: Flask) -> None:
    user = make_user(app, "kim", password_hash="hash")
    given = [a for a in flask_commands("lararen") if a[:2] == ["users", "delete"]]
    (arguments,) = [a for a in given if a[-1] == "delete"]
    assert app.test_cli_runner().invoke(args=arguments).exit_code == 0
    with app.app_context():
        path = db.engine.url.database
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT * FROM users WHERE id = ?", (user.id,)).fetchall()
    assert not [value for row in rows for value in row if "kim" in str(value) or value == "hash"]
