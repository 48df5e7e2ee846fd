"""Sends an e-mail by SMTP (RFC 5321); the program of a worker process, without `me_api`."""

from __future__ import annotations

import json
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

SECONDS = 10.0
"""Seconds to wait for the SMTP server at each step."""
PORTS = {"smtp": 587, "smtps": 465}


def send(order: str) -> str:
    """Send a message; return why it could not be sent, or an empty text.

    `order` is JSON: `url` of the server, `sender`, `to`, `subject` and `body`.
    """
    fields = json.loads(order)
    message = EmailMessage()
    message["From"], message["To"] = fields["sender"], fields["to"]
    message["Subject"] = fields["subject"]
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=fields["sender"].rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834, section 5
    message.set_content(fields["body"])
    try:
        _deliver(fields["url"], message)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _deliver(url: str, message: EmailMessage) -> None:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    context = ssl.create_default_context()
    if parts.scheme == "smtps":  # RFC 8314, section 3.3
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=SECONDS)
    with server:
        server.ehlo_or_helo_if_needed()
        if parts.scheme == "smtp" and server.has_extn("starttls"):  # RFC 3207
            server.starttls(context=context)
        elif parts.scheme == "smtp" and requires_tls(parts):
            # Somebody between the two may have removed the offer (RFC 3207, section 6).
            raise smtplib.SMTPNotSupportedError("the mail server offers no STARTTLS")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


def requires_tls(parts: SplitResult) -> bool:
    """Return whether nothing is sent without STARTTLS: `?starttls=required`, or `optional`.

    By default it is required, unless the mail server is on this machine.
    """
    if parts.query:
        return parts.query == "starttls=required"
    host = parts.hostname or ""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
