"""Links for new passwords, sent by real SMTP servers: STARTTLS, TLS, login, and what may fail."""

import asyncio
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from me_api import config
from me_api.mail.send import requires_tls, send
from tests.conftest import SERVERS, StartServer
from tests.support.app import PASSWORD
from tests.support.http import Reply
from tests.support.server import LiveServer
from tests.support.tls_site import make_certificate
from tests.support.wait import free_port, wait_until

LOGIN = LoginPassword(b"me@site", b"p/w:d")
FAILED = "an e-mail could not be sent: "

Serve = Callable[..., Any]


class Inbox:
    """What an SMTP server has received: whether over TLS, from which login, and to whom."""

    def __init__(self) -> None:
        self.received: list[tuple[bool, Any, list[str]]] = []
        self.logins: list[LoginPassword] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        login = session.auth_data
        self.received.append((session.ssl is not None, login, envelope.rcpt_tos))
        return "250 OK"

    def authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        self.logins.append(data)
        return AuthResult(success=data == LOGIN, auth_data=data)


class SmtpServer(Controller):
    """An SMTP server that closes its connections when it stops, as asyncio wants it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.connections: list[tuple[asyncio.BaseTransport, socket.socket]] = []

    def factory(self) -> SMTP:
        made = super().factory()
        connection_made = made.connection_made

        def connected(transport: asyncio.BaseTransport) -> None:
            self.connections.append((transport, transport.get_extra_info("socket")))
            # Over STARTTLS this is called again, and what is above the connection changes.
            connection_made(transport)

        made.connection_made = connected  # type: ignore[method-assign]
        return made

    def stop(self, no_assert: bool = False) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(20)
        super().stop(no_assert)

    async def _close(self) -> None:
        for transport, _ in self.connections:
            transport.abort()  # type: ignore[attr-defined]
        while any(each.fileno() != -1 for _, each in self.connections):
            await asyncio.sleep(0)


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def shared(
    start_server: StartServer, port: int, certificate: tuple[Path, Path]
) -> Iterator[LiveServer]:
    """Start a server that trusts the certificate, as it would with one of a known authority."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(certificate[0]))
        made = start_server(
            "mail",
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


@contextmanager
def smtp(
    port: int, files: tuple[Path, Path] | None, inbox: Inbox | None = None, **options: Any
) -> Iterator[Inbox]:
    """Run an SMTP server, which offers STARTTLS if it has a certificate, and a key."""
    inbox = inbox or Inbox()
    if files is not None:
        options["tls_context"] = context_of(files)
    controller = SmtpServer(
        inbox, hostname="127.0.0.1", port=port, authenticator=inbox.authenticate, **options
    )
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


def context_of(files: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


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
        wait_until(lambda: inbox.received, 20, "the e-mail")
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
        wait_until(lambda: len(failures(site)) > before, 20, "the failure")
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
    wait_until(lambda: len(failures(site)) > before, 20, "the failure")
    assert failures(site)[before].startswith("SMTPServerDisconnected")


def order(url: str) -> str:
    fields = {"sender": "site@example.com", "to": "mos@example.com", "subject": "", "body": ""}
    return json.dumps(fields | {"url": url})


def test_smtps_is_tls_from_the_first_byte(
    port: int, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program of the process, called here."""
    url = f"smtps://me%40site:p%2Fw%3Ad@127.0.0.1:{port}"
    context = context_of(certificate)
    # The connection is TLS already, so the server does not count it as STARTTLS.
    with smtp(port, None, ssl_context=context, auth_require_tls=False) as inbox:
        assert "CERTIFICATE_VERIFY_FAILED" in send(order(url))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        assert send(order(url)) == ""
        # Trusted, but of another name.
        assert "Hostname mismatch" in send(order(url.replace("127.0.0.1", "localhost")))
    assert [(login, to) for _, login, to in inbox.received] == [(LOGIN, ["mos@example.com"])]


def test_a_mail_server_on_this_machine_needs_no_tls(port: int) -> None:
    with smtp(port, None) as inbox:
        assert send(order(f"smtp://127.0.0.1:{port}")) == ""
        refused = send(order(f"smtp://127.0.0.1:{port}?starttls=required"))
    assert refused == "SMTPNotSupportedError: the mail server offers no STARTTLS"
    assert len(inbox.received) == 1


@pytest.mark.parametrize(
    ("url", "required"),
    [
        ("smtp://mail.example.com", True),
        ("smtp://me:secret@192.0.2.1:587", True),
        ("smtp://localhost.example.com", True),
        ("smtp://mail.example.com?starttls=optional", False),
        ("smtp://localhost", False),
        ("smtp://127.0.0.1:25", False),
        ("smtp://[::1]:25", False),
        ("smtp://[::1]:25?starttls=required", True),
    ],
)
def test_starttls_is_required_unless_it_is_said_or_nobody_is_between(
    url: str, required: bool
) -> None:
    assert requires_tls(urlsplit(url)) is required


@pytest.mark.parametrize(
    "url",
    [
        "smtp://x?starttls=no",
        "smtp://x?tls=required",
        "smtps://x?starttls=required",
        "smtp://x:0",
        "smtp://x:many",
        "smtp://x/inbox",
        "smtp://x#here",
    ],
)
def test_an_address_with_what_has_no_meaning_stops_the_start(tmp_path: Path, url: str) -> None:
    environ = {"ME_API_SMTP_URL": url, "ME_API_JWT_SECRET": "s" * 32}
    with pytest.raises(config.ConfigError, match=r"^ME_API_SMTP_URL: (is no address|takes no op)"):
        config.load(environ, tmp_path)
