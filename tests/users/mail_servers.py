"""SMTP servers that tests run, and what they have received."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.support.wait import WAIT_SECONDS

LOGIN = LoginPassword(b"me@site", b"p/w:d")


class Inbox:
    """What an SMTP server has received: whether over TLS, from which login, and to whom.

    `messages` are what was sent.
    """

    def __init__(self) -> None:
        self.received: list[tuple[bool, Any, list[str]]] = []
        self.messages: list[Any] = []
        self.logins: list[LoginPassword] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        login = session.auth_data
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
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
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(WAIT_SECONDS)
        super().stop(no_assert)

    async def _close(self) -> None:
        for transport, _ in self.connections:
            transport.abort()  # type: ignore[attr-defined]
        while any(each.fileno() != -1 for _, each in self.connections):
            await asyncio.sleep(0)


@contextmanager
def smtp(
    port: int, files: tuple[Path, Path] | None, inbox: Inbox | None = None, **options: Any
) -> Iterator[Inbox]:
    """Run an SMTP server, which offers STARTTLS if it has a certificate, and a key."""
    inbox = inbox or Inbox()
    if files is not None:
        options["tls_context"] = context_of(files)
    controller = SmtpServer(
        inbox,
        hostname="127.0.0.1",
        port=port,
        authenticator=inbox.authenticate,
        ready_timeout=WAIT_SECONDS,
        **options,
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
