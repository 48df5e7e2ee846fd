"""Caddy with the configuration of this folder, for a server on this machine."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path

from deploy.process import Process
from deploy.proxy import Tls, replace

CONFIGURATION = Path(__file__).with_name("Caddyfile")
ROOT_CERTIFICATE = "pki/authorities/local/root.crt"
"""That of Caddy's own authority, in its storage. Caddy makes it when it starts."""
OPTIONS = """\

{{
	admin off
	http_port {plain_port}
	https_port {port}
	storage file_system "{folder}/storage"
	local_certs
	# The system goes on trusting those that it trusts.
	skip_install_trust
"""


def root_certificate(folder: Path) -> Path:
    """Return the file of the certificate that clients have to trust."""
    return folder / "storage" / ROOT_CERTIFICATE


def make(program: Path, folder: Path, server_port: int, tls: Tls, log: Path) -> Process:
    """Write the Caddyfile for a server on a port of 127.0.0.1; return Caddy, not started.

    Its own authority issues the certificate.
    """
    options = OPTIONS.format(plain_port=tls.plain_port, port=tls.port, folder=folder)
    replacements = {
        "\n{\n": options,
        "me.example.com {": "127.0.0.1 {\n\tbind 127.0.0.1",
        "127.0.0.1:1337": f"127.0.0.1:{server_port}",
        "/var/log/caddy/me-api.log": str(tls.access_log),
    }
    configuration = folder / "Caddyfile"
    configuration.write_text(replace(CONFIGURATION, replacements))
    command = [program, "run", "--adapter", "caddyfile", "--config", configuration]
    # It also stores its configuration, by default below the home of the account.
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    return Process("Caddy", command, log, lambda: has_certificate(tls), environment=environment)


def has_certificate(tls: Tls) -> bool:
    """Return whether Caddy accepts connections, and has got its certificate, which is later."""
    try:
        context = ssl.create_default_context(cafile=tls.certificate)
        with socket.create_connection(("127.0.0.1", tls.port)) as connection:
            context.wrap_socket(connection, server_hostname="127.0.0.1").close()
    except OSError:
        return False
    return True
