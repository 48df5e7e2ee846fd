"""A server behind the real nginx or Caddy with TLS, by the configurations in `deploy/`.

nginx gets a certificate that is made here; Caddy makes its own.
"""

import http.client
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy import caddy, nginx, programs
from deploy.process import Process
from deploy.proxy import Tls
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
    """The address of the proxy, and the server behind it. `source` is where requests come from."""

    def __init__(self, tls: Tls, server: LiveServer, log: Path, source: str = "127.0.0.1") -> None:
        super().__init__("127.0.0.1", tls.port)
        self.tls = tls
        self.server = server
        self.log = log
        """What the proxy says of itself."""
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
        return TlsSite(self.tls, self.server, self.log, source)

    def connection(self, timeout: float) -> http.client.HTTPConnection:
        source = self.source, 0
        return http.client.HTTPSConnection(
            self.host, self.port, timeout=timeout, source_address=source, context=self.context
        )


@contextmanager
def tls_site(server: LiveServer, folder: Path) -> Iterator[TlsSite]:
    """Start nginx before a server, and stop it at the end."""
    certificate, key = make_certificate(folder)
    tls = Tls(free_port(), free_port(), certificate, folder / "access.log")
    log = folder / "log"
    with running(nginx.make_tls(programs.nginx(), folder, server.port, tls, key, log), log):
        yield TlsSite(tls, server, log)


@contextmanager
def caddy_site(server: LiveServer, folder: Path) -> Iterator[TlsSite]:
    """Start Caddy before a server, and stop it at the end."""
    tls = Tls(free_port(), free_port(), caddy.root_certificate(folder), folder / "access.log")
    log = folder / "log"
    with running(caddy.make(programs.caddy(), folder, server.port, tls, log), log):
        yield TlsSite(tls, server, log)


SITES = {"nginx": tls_site, "Caddy": caddy_site}


@contextmanager
def running(process: Process, log: Path) -> Iterator[None]:
    """Start a proxy, stop it at the end, and check that it ends without an error."""
    process.start()
    try:
        process.wait_ready()
        yield
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
