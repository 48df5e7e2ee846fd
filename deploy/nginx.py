"""nginx with `deploy/nginx.conf`, for nodes on this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from deploy.process import ClusterError, Process

CONFIGURATION = Path(__file__).with_name("nginx.conf")
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
    text = CONFIGURATION.read_text()
    replacements = {ADDRESSES[name]: f"127.0.0.1:{number}" for name, number in nodes.items()}
    replacements[LISTEN] = f"listen 127.0.0.1:{port};"
    replacements[OUTER_PROXY] = outer_proxy
    for old, new in replacements.items():
        if old not in text:
            raise ClusterError(f"{CONFIGURATION} does not name {old}")
        text = text.replace(old, new)
    (folder / "me-api.conf").write_text(text)
    # Without it, root's workers would be another user's, who may not enter the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(MAIN.format(folder=folder, user=user))
    # By default it opens a log in a folder of the system's before it reads where to log.
    command = [program, "-p", folder, "-c", main, "-e", "stderr"]
    return Process("nginx", command, log, lambda: _listens(port))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
