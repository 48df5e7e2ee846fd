"""The browser's own WebSocket with each native subprotocol."""

from tests.browser.browsers import LOST
from tests.browser.conftest import Visit
from tests.support.server import LiveServer

TALK = """
async ([protocols, path, messages]) => {
  const socket = new WebSocket(`ws://${location.host}${path}`, protocols);
  socket.binaryType = "arraybuffer";
  const found = [];
  await new Promise((open) => { socket.onopen = open; });
  for (const message of messages) {
    const answer = new Promise((resolve) => {
      // Who comes and goes is told, too.
      socket.onmessage = ({ data }) => /joined|left/.test(data) || resolve(data);
    });
    socket.send(message === "BINARY" ? new Uint8Array([0, 1, 255]) : message);
    const data = await answer;
    found.push(typeof data === "string" ? data : [...new Uint8Array(data)]);
  }
  const closed = new Promise((resolve) => { socket.onclose = resolve; });
  socket.close(4001, "bye");
  const { code, wasClean } = await closed;
  return [socket.protocol, found, code, wasClean];
}
"""
BROADCAST = """
async (protocols) => {
  const open = () => new Promise((resolve) => {
    const socket = new WebSocket(`ws://${location.host}/ws`, protocols);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => resolve(socket);
  });
  const next = (socket) => new Promise((resolve) => {
    socket.onmessage = ({ data }) =>
      resolve(typeof data === "string" ? data : [...new Uint8Array(data)]);
  });
  const one = await open(), received = [];
  let coming = next(one);
  const other = await open();
  received.push(await coming);
  for (const message of ["hej åäö", new Uint8Array([0, 1, 255])]) {
    coming = next(one);
    other.send(message);
    received.push(await coming);
  }
  coming = next(one);
  other.close();
  received.push(await coming);
  await new Promise((resolve) => { one.onclose = resolve; one.close(); });
  return [one.protocol, other.protocol, received];
}
"""
REFUSED = """
(protocols) => new Promise((resolve) => {
  const socket = new WebSocket(`ws://${location.host}/ws`, protocols);
  socket.onclose = ({ code, wasClean }) => resolve([code, wasClean]);
})
"""


def test_each_subprotocol(visit: Visit, server: LiveServer) -> None:
    page = visit("#/reports", expects=LOST).page

    def talk(protocols: list[str], *messages: str, path: str = "/ws") -> object:
        return page.evaluate(TALK, [protocols, path, messages])

    said = ["hej åäö", [0, 1, 255]]
    for protocols in ([], ["echo-protocol"], ["soap", "echo-protocol"]):
        chosen = "echo-protocol" if protocols else ""
        assert talk(protocols, "hej åäö", "BINARY") == [chosen, said, 4001, True]
    lines = talk(["text", "json"], "hej", path="/ws/chat?nick=kim")
    assert lines == ["text", ["kim: hej"], 4001, True]
    secret = "k" * 22
    protocol, (body,), *_ = talk(
        ["json"], '{"data": "hej igen"}', path=f"/ws?nick=ada&guest={secret}"
    )
    assert (protocol, '"data":"hej igen"' in body) == ("json", True)
    assert page.evaluate(REFUSED, ["soap"]) == [1006, False]


def test_the_broadcast(visit: Visit) -> None:
    page = visit("#/reports", expects=LOST).page
    received = ["New client connected (2).", "hej åäö", [0, 1, 255], "Client disconnected (1)."]
    for protocols in (["broadcast-protocol"], ["soap", "broadcast-protocol", "json"]):
        chosen = "broadcast-protocol"
        assert page.evaluate(BROADCAST, protocols) == [chosen, chosen, received]
