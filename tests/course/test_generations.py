"""Clients of older protocol versions cannot connect, and receive the reason."""

import json
import subprocess

import pytest

from tests.support.frames import FrameSocket
from tests.support.node_process import NODE, SCRIPTS
from tests.support.server import LiveServer

OLD = """
import http from "node:http";
const { default: io } = await import("socket.io-client-%(generation)s");
const request = http.request;
http.request = (...options) => request(...options).on("response", (response) => {
  let body = "";
  response.on("data", (chunk) => (body += chunk));
  response.on("end", () => report({ status: response.statusCode, body: JSON.parse(body) }));
});
const socket = io("%(url)s", { transports: ["%(transport)s"], reconnection: false });
const told = {};
function report(part) {
  Object.assign(told, part);
  if (told.failed && (told.status || "%(transport)s" === "websocket")) {
    console.log(JSON.stringify(told));
    process.exit(0);
  }
}
for (const event of ["connect", "connect_error"])
  socket.on(event, () => report({ failed: event }));
"""


@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize("generation", [1, 2])
def test_an_old_client_gets_a_readable_400(
    server: LiveServer, generation: int, transport: str
) -> None:
    program = OLD % {"generation": generation, "url": server.url, "transport": transport}
    done = subprocess.run(
        [str(NODE), "--input-type=module", "-e", program],
        cwd=SCRIPTS,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    assert told["failed"] == "connect_error"
    if transport == "polling":
        assert told["status"] == 400
        (error,) = told["body"]["errors"]
        assert error["code"] == "unsupported_client"
        assert "socket.io-client 3 and 4" in error["detail"]
    else:
        upgrade = FrameSocket(server.host, server.port, "/socket.io/?EIO=3&transport=websocket")
        upgrade.close()
        assert upgrade.status == 400
