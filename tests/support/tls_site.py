"""A server behind the real nginx with TLS: `deploy/nginx-tls.conf`, and a certificate made here."""

import http.client
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy import nginx, programs
from tests.support.http import HttpClient
from tests.support.server import LiveServer
from tests.support.wait import free_port

VARIABLES = (
    "NODE_EXTRA_CA_CERTS",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "WEBSOCKET_CLIENT_CA_BUNDLE",
)
"""By which Node, curl and the libraries of the Python client are told of a certificate."""


class TlsSite(HttpClient):
    """The address of nginx, and the server behind it. `source` is where requests come from."""

    def __init__(self, tls: nginx.Tls, server: LiveServer, source: str = "127.0.0.1") -> None:
        super().__init__("127.0.0.1", tls.port)
        self.tls = tls
        self.server = server
        self.source = source
        self.context = ssl.create_default_context(cafile=tls.certificate)

    @property
    def url(self) -> str:
        """Return the address without a path."""
        return f"https://{self.host}:{self.port}"

    @property
    def client_environment(self) -> dict[str, str]:
        """Return variables by which clients trust the certificate."""
        return dict.fromkeys(VARIABLES, str(self.tls.certificate))

    def seen_from(self, source: str) -> "TlsSite":
        """Return the site for a client with another address of this machine."""
        return TlsSite(self.tls, self.server, source)

    def connection(self, timeout: float) -> http.client.HTTPConnection:
        source = self.source, 0
        return http.client.HTTPSConnection(
            self.host, self.port, timeout=timeout, source_address=source, context=self.context
        )


@contextmanager
def tls_site(server: LiveServer, folder: Path) -> Iterator[TlsSite]:
    """Start nginx before a server, and stop it at the end."""
    certificate, key = make_certificate(folder)
    access_log = folder / "access.log"
    tls = nginx.Tls(free_port(), free_port(), certificate, key, access_log)
    log = folder / "log"
    process = nginx.make_tls(programs.nginx(), folder, server.port, tls, log)
    process.start()
    try:
        process.wait_ready()
        yield TlsSite(tls, server)
    finally:
        process.stop()
    assert process.ended_with == 0, log.read_text()


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1 and its key, signed by itself."""
    openssl = shutil.which("openssl")
    assert openssl, "there is no openssl: install Debian's package openssl"
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=me-api"
    )
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run([openssl, *command.split(), *files], capture_output=True, check=True)
    return certificate, key
