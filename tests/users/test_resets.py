"""Forgotten passwords: links that are printed, and links that are sent by a real SMTP server."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from me_api import config
from me_api.users import passwords, reset_changes
from tests.conftest import MakeServer
from tests.support.app import PASSWORD, Person, errors_of, fresh_app, make_user
from tests.support.server import LiveServer
from tests.support.wait import free_port, wait_until
from tests.users.mail_servers import Inbox, smtp

NEW = "another horse"
BAD = [(403, "bad_reset", "token")]


@pytest.fixture
def mos(app: Flask) -> Person:
    return Person(app, user=make_user(app, "mos", password_hash="none"))


def make_link(app: Flask, *options: str) -> str:
    result = app.test_cli_runner().invoke(args=["users", "reset", "mos", *options])
    assert result.exit_code == 0, result.output
    return str(result.stdout).strip()


def confirm(app: Flask, link: str, password: str = NEW) -> Any:
    token = link.partition("/#/reset/")[2]
    return Person(app).post("/password-reset/confirm", {"token": token, "password": password})


def test_a_printed_link_sets_a_new_password_once(app: Flask, mos: Person) -> None:
    link = make_link(app)
    assert re.fullmatch(r"http://127.0.0.1:1337/#/reset/1\.[\w-]{43}", link)
    assert errors_of(confirm(app, link, "short")) == [(422, "invalid", "password")]
    answer = confirm(app, link)
    assert answer.status_code == 200
    token = answer.get_json()["data"]["token"]
    assert Person(app, token).get("/account").status_code == 200
    login = {"email": "mos@example.com", "password": NEW}
    assert Person(app).post("/login", login).status_code == 200
    assert errors_of(confirm(app, link)) == BAD


@pytest.mark.parametrize("url", ["", "https://me.example.com"])
def test_an_address_that_is_assumed_is_said(tmp_path: Path, template: Path, url: str) -> None:
    """Where no setting names it: links led to port 1337, wherever the server was."""
    with fresh_app(tmp_path, template, public_url=url, port=8080) as app:
        make_user(app, "mos", password_hash="none")
        result = app.test_cli_runner().invoke(args=["users", "reset", "mos"])
    site = url or "http://127.0.0.1:8080"
    assert result.stdout.startswith(f"{site}/#/reset/1.") and result.stdout.count("\n") == 1
    assert ("ME_API_PUBLIC_URL" in result.stderr and f"to {site}:" in result.stderr) == (not url)


def test_links_that_are_old_wrong_or_replaced_are_refused(
    app: Flask, mos: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "make_hash", lambda password: pytest.fail("it was hashed"))
    first, second = make_link(app), make_link(app)
    old = make_link(app, "--hours", "0.0000001")
    for link in (first, second, old):
        assert errors_of(confirm(app, link)) == BAD
    link = make_link(app)
    for token in (
        link[:-1],
        link.replace("/1.", "/2."),
        "/#/reset/",
        "/#/reset/1.",
        "/#/reset/x.y",
    ):
        assert errors_of(confirm(app, token)) == BAD
    for change in (["disable", "mos"], ["delete", "mos", "--messages", "keep"]):
        assert app.test_cli_runner().invoke(args=["users", *change]).exit_code == 0
        assert errors_of(confirm(app, link)) == BAD
        app.test_cli_runner().invoke(args=["users", "enable", "mos"])


@pytest.mark.parametrize("hours", ["0", "-1", "8761", "nan", "inf", "soon"])
def test_a_link_is_valid_for_a_number_of_hours(app: Flask, mos: Person, hours: str) -> None:
    done = app.test_cli_runner().invoke(args=["users", "reset", "mos", "--hours", hours])
    assert (done.exit_code, "Invalid value for '--hours'" in done.output) == (2, True), done.output


def test_of_two_who_use_a_link_at_once_one_sets_the_password(app: Flask, mos: Person) -> None:
    digest = "d" * 64
    with app.app_context():
        log = app.extensions["log"]
        log.commit(reset_changes.StoreReset(1, digest, "2999-01-01T00:00:00.000Z"))
        log.commit(reset_changes.UseReset(1, digest, "a"))
        with pytest.raises(reset_changes.Forbidden):
            log.commit(reset_changes.UseReset(1, digest, "b"))


def test_the_secret_is_stored_as_a_hash_only(app: Flask, mos: Person) -> None:
    secret = make_link(app).rpartition(".")[2]
    with app.app_context():
        app.extensions["log"].close()
    content = b"".join(path.read_bytes() for path in _files(app))
    assert secret.encode() not in content


def _files(app: Flask) -> list[Any]:
    return list(Path(app.instance_path).glob("me-api.sqlite*"))


def test_without_a_mail_server_there_are_only_printed_links(app: Flask, mos: Person) -> None:
    answer = mos.post("/password-reset", {"email": "mos@example.com"})
    assert errors_of(answer) == [(403, "no_mail", None)]


@pytest.fixture
def inbox(port: int) -> Iterator[Inbox]:
    """Run an SMTP server that accepts all mail."""
    with smtp(port, None) as made:
        yield made


def start(make_server: MakeServer, port: int, **settings: str) -> LiveServer:
    return make_server(
        smtp_url=f"smtp://127.0.0.1:{port}",
        mail_from="site@example.com",
        public_url="https://me.example.com/",
        **settings,
    )


def register(server: LiveServer, nick: str) -> str:
    email = f"{nick}@example.com"
    fields = {"email": email, "nick": nick, "password": PASSWORD}
    assert server.post("/register", fields).status == 201
    return email


def test_a_link_is_sent_and_the_answer_tells_nothing(
    make_server: MakeServer, port: int, inbox: Inbox
) -> None:
    server = start(make_server, port)
    email = register(server, "mos")
    login = {"email": email, "password": PASSWORD}
    token = server.post("/login", login).json["data"]["token"]
    unknown = server.post("/password-reset", {"email": "nobody@example.com"})
    known = server.post("/password-reset", {"email": email.upper()})
    assert (unknown.status, unknown.json) == (known.status, known.json)
    assert known.status == 202
    wait_until(lambda: inbox.received, what="the e-mail")
    ((_, _, recipients),) = inbox.received
    (message,) = inbox.messages
    assert recipients == [email]
    assert (message["From"], message["To"]) == ("site@example.com", email)
    found = re.search(r"https://me\.example\.com/#/reset/(\S+)", message.get_content())
    assert found is not None
    body = {"token": found[1], "password": NEW}
    assert server.post("/password-reset/confirm", body).status == 200
    assert server.post("/password-reset/confirm", body).json["errors"][0]["code"] == "bad_reset"
    assert server.get("/account", token=token).json["errors"][0]["code"] == "signed_out"
    assert "could not be sent" not in server.log


def test_a_mail_server_that_refuses_is_logged_and_holds_up_nobody(
    make_server: MakeServer,
) -> None:
    server = start(make_server, free_port())
    email = register(server, "mos")
    assert server.post("/password-reset", {"email": email}).status == 202
    wait_until(lambda: "an e-mail could not be sent" in server.log, what="the failure")
    assert server.get("/chat/rooms").status == 200


def test_one_email_gets_a_few_links_only_whoever_asks(
    make_server: MakeServer,
) -> None:
    server = start(make_server, free_port(), rate_limits="on")
    answers = [server.post("/password-reset", {"email": "Nobody@x.se"}).status for _ in range(4)]
    assert answers == [202, 202, 202, 429]
    assert server.post("/password-reset", {"email": "other@x.se"}).status == 202


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"smtp_url": "http://x"}, "ME_API_SMTP_URL: is neither of smtp://host and smtps://host."),
        ({"smtp_url": "smtp://x"}, "ME_API_PUBLIC_URL is needed where ME_API_SMTP_URL is set."),
        ({"public_url": "x"}, "ME_API_PUBLIC_URL: is no address such as https://example.com."),
        ({"mail_from": "x"}, "ME_API_MAIL_FROM: is not an email address"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(
    tmp_path: Any, settings: dict[str, str], message: str
) -> None:
    environ = {f"ME_API_{name.upper()}": value for name, value in settings.items()}
    with pytest.raises(config.ConfigError) as refused:
        config.load({**environ, "ME_API_JWT_SECRET": "s" * 32}, tmp_path)
    assert str(refused.value).startswith(message)
