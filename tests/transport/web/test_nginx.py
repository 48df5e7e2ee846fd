"""Mutated requests, read by this server's reader and by nginx: they never disagree on an end.

Whatever this reader accepts, nginx accepts as the same requests, or refuses.
"""

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice, takewhile
from pathlib import Path

import pytest

from deploy import programs
from tests.support.wait import WAIT_SECONDS, wait_until
from tests.transport.web.test_differential import HEADS, mutants, read_ours

MUTANTS = 1500
FLAGS = re.DOTALL | re.MULTILINE
CONFIGURATION = """
daemon off;
master_process off;
pid "{folder}/nginx.pid";
error_log "{folder}/error.log" emerg;
events {{}}
http {{
    access_log off;
    client_body_temp_path "{folder}/body";
    proxy_temp_path "{folder}/proxy";
    fastcgi_temp_path "{folder}/fastcgi";
    uwsgi_temp_path "{folder}/uwsgi";
    scgi_temp_path "{folder}/scgi";
    server {{
        listen "unix:{folder}/socket";
        location / {{
            add_header X-Request "$request_method $request_uri";
            return 204;
        }}
    }}
}}
"""


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start nginx, which answers each request with its method and target; return its socket."""
    folder = tmp_path_factory.mktemp("nginx")
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder))
    command = [programs.nginx(), "-p", folder, "-c", configuration, "-e", folder / "error.log"]
    with subprocess.Popen(command) as process:
        try:
            wait_until((folder / "socket").exists)
            yield folder / "socket"
        finally:
            process.terminate()


def read_nginx(path: Path, data: bytes) -> list[bytes]:
    """Return the requests that nginx accepts, as method and target."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(WAIT_SECONDS)
        sock.connect(str(path))
        # It may have refused the first request, and closed, before all was sent.
        with suppress(ConnectionError):
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        received = b""
        with suppress(ConnectionError):
            while part := sock.recv(65_536):
                received += part
    return accepted(received)


def accepted(received: bytes) -> list[bytes]:
    """Return the requests that the responses are to, up to the first error, which is the last."""
    heads = received.split(b"\r\n\r\n")[:-1]
    found = [re.fullmatch(rb"HTTP/1\.1 204 .*^X-Request: (.*?)\r?$.*", h, FLAGS) for h in heads]
    return [match[1] for match in takewhile(bool, found) if match]


def test_valid_requests_are_read_alike(nginx: Path) -> None:
    for head in HEADS:
        ((method, target, _),), _ = read_ours(head)
        # nginx refuses a length that is sent twice, and has no answer for the server itself.
        known = head.count(b"Content-Length") < 2 and target != b"*"
        assert read_nginx(nginx, head) == [method + b" " + target] * known, head


def test_mutated_requests_end_where_nginx_says_or_are_refused(nginx: Path) -> None:
    alike = 0
    for data in islice(mutants(), MUTANTS):
        found, end = read_ours(data)
        ours = [method + b" " + target for method, target, _ in found]
        theirs = read_nginx(nginx, data)
        # What one of them refuses is the last that it reads.
        assert theirs[: len(ours)] == ours[: len(theirs)], (data, ours, theirs)
        # nginx answers the last request before its body is complete.
        assert end == "refused" or len(theirs) <= len(ours) + 1, (data, ours, theirs)
        alike += bool(ours) and ours == theirs
    assert alike > MUTANTS / 20, "the mutants tell something"
