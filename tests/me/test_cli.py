"""The command `flask me edit`, and what the server prints at its start."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from me_api.errors import Invalid
from me_api.me.document import from_document, to_document
from tests.conftest import MakeServer
from tests.support.app import Person, make_user, open_app

WRITTEN = """\
# En kommentar
name: Mikael
headline:  Bygger: saker
picture: https://example.com/mos.png
link: Git https://github.com/mos
link: https://mos.example/

# Rubrik

text: *hej*
"""


def run(app: Flask, *arguments: str, **options: Any) -> Result:
    return app.test_cli_runner().invoke(args=["me", "edit", *arguments], **options)


def me(app: Flask) -> Any:
    return Person(app).get("/").get_json()["data"]["me"]


def test_options_change_what_they_name(app: Flask) -> None:
    result = run(app, "--name", "Mikael", "--text", "*hej*", "--link", "Git https://git.se")
    assert (result.exit_code, result.output) == (0, "Everybody sees it now, Mikael.\n")
    assert me(app)["html"] == "<p><em>hej</em></p>\n"
    run(
        app,
        "--picture",
        "https://a.se/b.png",
        "--link",
        "A https://a.se",
        "--link",
        "B https://b.se",
    )
    assert [link["title"] for link in me(app)["links"]] == ["A", "B"]
    run(app, "--link", "", "--picture", "")
    assert (me(app)["links"], me(app)["picture"], me(app)["text"]) == ([], None, "*hej*")


def test_the_text_is_read_from_a_file_or_the_input(app: Flask, tmp_path: Path) -> None:
    make_user(app, "mos", "owner")
    file = tmp_path / "me.md"
    file.write_text("\ufeff# Från fil: å\n", encoding="utf-8")
    assert run(app, "--file", str(file)).exit_code == 0
    assert (me(app)["text"], me(app)["name"]) == ("# Från fil: å", "mos")
    run(app, "--file", "-", input="från rör\n")
    assert me(app)["text"] == "från rör"
    file.write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in run(app, "--file", str(file)).output


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--headline", "x"], "Error: name: A name is needed"),
        (["--name", "x", "--link", "GitHub"], "Error: links: is not a title and an address"),
        (["--name", "x", "--picture", "mos.png"], "Error: picture: "),
        (["--text", "x", "--file", "-"], "Only one of --text and --file"),
        (["--file", "nowhere.md"], "No such file"),
        ([], "There is no terminal to edit on"),
    ],
)
def test_what_is_wrong_is_said(app: Flask, arguments: list[str], error: str) -> None:
    result = run(app, *arguments)
    assert result.exit_code != 0
    assert error in result.output
    assert me(app) is None


def test_a_database_without_tables_is_reported(tmp_path: Path) -> None:
    with open_app(tmp_path, tmp_path / "empty.sqlite") as app:
        result = run(app, "--name", "x")
    assert result.exit_code == 1
    assert "no such table" in result.output


@pytest.fixture
def edits(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Be a terminal with an editor: each text that is opened is replaced by the next of these."""
    opened: list[Any] = []
    texts: list[Any] = []
    monkeypatch.setattr("me_api.me.cli.is_terminal", lambda: True)

    def edit(document: str, extension: str) -> Any:
        opened.append(document)
        return texts.pop(0)

    monkeypatch.setattr("click.edit", edit)
    return [opened, texts]


def test_the_editor_is_opened_with_what_there_is(app: Flask, edits: list[Any]) -> None:
    opened, texts = edits
    make_user(app, "mos", "owner")
    texts += [WRITTEN, None]
    assert run(app).output == "Everybody sees it now, Mikael.\n"
    assert "\nname: mos\nheadline:\npicture:\nlink:\n\n" in opened[0]
    written = me(app)
    assert (written["headline"], written["text"]) == ("Bygger: saker", "# Rubrik\n\ntext: *hej*")
    assert [link["title"] for link in written["links"]] == ["Git", "mos.example/"]
    assert run(app).output == "Nothing was changed.\n"
    values = from_document(opened[1])
    assert (values["name"], values["text"]) == ("Mikael", written["text"])
    assert me(app) == written


def test_a_wrong_text_is_edited_again(app: Flask, edits: list[Any]) -> None:
    opened, texts = edits
    wrong = WRITTEN.replace("https://github.com/mos", "github")
    texts += [wrong, "nick: x\n\ny", WRITTEN]
    result = run(app, input="y\n\n")
    assert "links: is not a title" in result.output and "is no field: 'nick: x'" in result.output
    assert opened[1] == wrong
    assert me(app)["name"] == "Mikael"
    texts.append(wrong)
    assert run(app, input="n\n").exit_code == 1


def test_a_document_is_read_as_it_was_written() -> None:
    presentation = {
        "name": "Mikael",
        "headline": None,
        "text": "ett\n\ntvå",
        "links": [{"title": "A B", "url": "https://a.se"}],
        "picture": None,
    }
    for newline in ("\n", "\r\n"):
        assert from_document(to_document(presentation).replace("\n", newline)) == {
            "name": "Mikael",
            "headline": "",
            "picture": "",
            "links": "A B https://a.se",
            "text": "ett\n\ntvå",
        }
    with pytest.raises(Invalid):
        from_document("Bara text, utan fält.\n")


def test_the_banner_says_how_to_fill_it_in_until_that_is_done(make_server: MakeServer) -> None:
    server = make_server()
    lines = [line.strip() for line in server.log.splitlines()]
    (line,) = [line for line in lines if line.startswith("say who you are")]
    assert line.endswith("flask me edit")
    (line,) = [line for line in lines if line.startswith("or in the page")]
    assert "flask users create --owner" in line
    assert server.flask("me", "edit", "--name", "Mos").returncode == 0
    server.stop()
    printed = len(server.log)
    server.start()
    assert "who I am" in server.log[printed:] and "me edit" not in server.log[printed:]
