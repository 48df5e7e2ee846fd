"""Links for new passwords, sent by real SMTP servers: STARTTLS, TLS, login, and what may fail."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from tests.conftest import SERVERS, StartServer
from tests.support.app import PASSWORD
from tests.support.http import Reply
from tests.support.server import LiveServer
from tests.support.tls_site import make_certificate
from tests.support.wait import WAIT_SECONDS, wait_until
from tests.users.mail_servers import LOGIN, Inbox, smtp

FAILED = "an e-mail could not be sent: "

Serve = Callable[..., Any]


@pytest.fixture(scope="module")
def shared(
    start_server: StartServer, port: int, certificate: tuple[Path, Path]
) -> Iterator[LiveServer]:
    """Start a server that trusts the certificate, as it would with one of a known authority."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(certificate[0]))
        made = start_server(
            "mail",
            entry="patient_mailer",
            smtp_url=f"smtp://me%40site:p%2Fw%3Ad@127.0.0.1:{port}?starttls=required",
            mail_from="site@example.com",
            public_url="https://me.example.com",
        )
    yield made
    made.stop()


@pytest.fixture
def site(shared: LiveServer, request: pytest.FixtureRequest) -> LiveServer:
    request.node.stash.setdefault(SERVERS, []).append(shared)
    return shared


def register(site: LiveServer, nick: str) -> str:
    email = f"{nick}@example.com"
    fields = {"email": email, "nick": nick, "password": PASSWORD}
    assert site.post("/register", fields).status == 201
    return email


def ask(site: LiveServer, email: str) -> Reply:
    """Request a link; the answer is the same as for an email without an account."""
    unknown = site.post("/password-reset", {"email": "nobody@example.com"})
    reply = site.post("/password-reset", {"email": email})
    assert (reply.status, reply.json) == (unknown.status, unknown.json)
    same = ("Date", "X-Request-ID")
    assert sorted(set(reply.headers) - set(same)) == sorted(set(unknown.headers) - set(same))
    assert reply.status == 202
    return reply


def failures(site: LiveServer) -> list[str]:
    return [line.partition(FAILED)[2] for line in site.log.splitlines() if FAILED in line]


def test_it_is_sent_over_starttls_after_a_login(
    site: LiveServer, port: int, certificate: tuple[Path, Path]
) -> None:
    email = register(site, "mos")
    with smtp(port, certificate) as inbox:
        ask(site, email)
        wait_until(lambda: inbox.received, what="the e-mail")
    assert inbox.received == [(True, LOGIN, [email])]


def wrong_password(port: int, files: tuple[Path, Path], tmp_path: Path) -> Any:
    inbox = Inbox()
    inbox.authenticate = lambda *call: AuthResult(success=False, handled=False)  # type: ignore[method-assign]
    return smtp(port, files, inbox)


def no_starttls(port: int, files: tuple[Path, Path], tmp_path: Path) -> Any:
    return smtp(port, None, auth_require_tls=False)


def not_trusted(port: int, files: tuple[Path, Path], tmp_path: Path) -> Any:
    return smtp(port, make_certificate(tmp_path))


@contextmanager
def down(port: int, files: tuple[Path, Path], tmp_path: Path) -> Iterator[Inbox]:
    yield Inbox()


@pytest.mark.parametrize(
    ("serve", "fault"),
    [
        (wrong_password, "SMTPAuthenticationError"),
        (no_starttls, "SMTPNotSupportedError: the mail server offers no STARTTLS"),
        (not_trusted, "SSLCertVerificationError"),
        (down, "ConnectionRefusedError"),
    ],
)
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
def test_what_fails_is_logged_and_nothing_is_sent(
    site: LiveServer,
    port: int,
    certificate: tuple[Path, Path],
    tmp_path: Path,
    serve: Serve,
    fault: str,
) -> None:
    email = register(site, f"eva-{serve.__name__}".replace("_", "-"))
    before = len(failures(site))
    with serve(port, certificate, tmp_path) as inbox:
        ask(site, email)
        wait_until(lambda: len(failures(site)) > before, what="the failure")
    (failure,) = failures(site)[before:]
    assert failure.startswith(fault)
    assert (inbox.received, inbox.logins) == ([], [])
    # Neither the password of the mail server nor the link is in the log.
    for secret in (LOGIN.password.decode(), "p%2Fw%3Ad", "#/reset/"):
        assert secret not in site.log


def test_a_mail_server_that_says_nothing_holds_up_no_request(site: LiveServer, port: int) -> None:
    email = register(site, "kim")
    before = len(failures(site))
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(WAIT_SECONDS)
        ask(site, email)
        silent, _ = listener.accept()
    with silent:
        # The e-mail is being sent, and goes on to be: nothing was said, and nothing was closed.
        assert site.get("/chat/rooms").status == 200
        assert site.post("/login", {"email": email, "password": PASSWORD}).status == 200
        ask(site, email)
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.recv(1)
        assert len(failures(site)) == before
    # Both, so that none is taken for one of a later test.
    wait_until(lambda: len(failures(site)) == before + 2, what="the failures")
    assert failures(site)[before].startswith("SMTPServerDisconnected")
