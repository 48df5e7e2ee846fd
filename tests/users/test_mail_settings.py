"""Which addresses of mail servers want TLS, and which are refused; the program that sends."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from me_api import config
from me_api.mail.send import requires_tls, send
from tests.users.mail_servers import LOGIN, context_of, smtp


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
