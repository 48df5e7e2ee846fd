"""nginx with the configurations of this folder, for servers on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from deploy.process import Process
from deploy.proxy import Tls, listens, replace

CONFIGURATION = Path(__file__).with_name("nginx.conf")
TLS_CONFIGURATION = Path(__file__).with_name("nginx-tls.conf")
ADDRESSES = {"a": "10.77.0.11:1337", "b": "10.77.0.12:1337", "c": "10.77.0.13:1337"}
"""The nodes as the configuration names them."""
OUTER_PROXY = "10.77.0.2"
LISTEN = "listen 80;"
MAIN = """\
daemon off;
{user}
pid "{folder}/nginx.pid";
error_log stderr warn;
worker_processes 2;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path "{folder}/body";
    proxy_temp_path "{folder}/proxy";
    fastcgi_temp_path "{folder}/fastcgi";
    uwsgi_temp_path "{folder}/uwsgi";
    scgi_temp_path "{folder}/scgi";
    include "{folder}/me-api.conf";
}}
"""


def make(
    program: Path,
    folder: Path,
    port: int,
    nodes: Mapping[str, int],
    log: Path,
    outer_proxy: str = OUTER_PROXY,
) -> Process:
    """Write the configuration into a folder and return nginx, not started.

    It listens on a port of 127.0.0.1, and so do the nodes. `outer_proxy` is the address of a proxy
    in front of it.
    """
    replacements = {ADDRESSES[name]: f"127.0.0.1:{number}" for name, number in nodes.items()}
    replacements[LISTEN] = f"listen 127.0.0.1:{port};"
    replacements[OUTER_PROXY] = outer_proxy
    return _make(program, folder, port, log, replace(CONFIGURATION, replacements))


def make_tls(
    program: Path, folder: Path, server_port: int, tls: Tls, key: Path, log: Path
) -> Process:
    """Write `nginx-tls.conf` for a server on a port of 127.0.0.1; return nginx, not started.

    `key` is that of the certificate.
    """
    replacements = {
        "127.0.0.1:1337": f"127.0.0.1:{server_port}",
        "listen 80;": f"listen 127.0.0.1:{tls.plain_port};",
        "listen 443 ssl": f"listen 127.0.0.1:{tls.port} ssl",
        "me.example.com;": "_;",
        "/etc/letsencrypt/live/me.example.com/fullchain.pem": str(tls.certificate),
        "/etc/letsencrypt/live/me.example.com/privkey.pem": str(key),
        "/var/log/nginx/me-api.log": str(tls.access_log),
    }
    text = replace(TLS_CONFIGURATION, replacements)
    return _make(program, folder, tls.port, log, text)


def _make(program: Path, folder: Path, port: int, log: Path, text: str) -> Process:
    (folder / "me-api.conf").write_text(text)
    # Without it, root's workers would be another user's, who may not enter the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(MAIN.format(folder=folder, user=user))
    # By default it opens a log in a folder of the system's before it reads where to log.
    command = [program, "-p", folder, "-c", main, "-e", "stderr"]
    return Process("nginx", command, log, lambda: listens(port))
