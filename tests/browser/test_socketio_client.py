"""Pages that load socket.io-client from the server, as the course's and tutorials' do."""

import pytest

from tests.browser.browsers import LOST
from tests.browser.conftest import Visit

CHAT = """
async ([name, text]) => {
  const path = `/socket.io/${name}`;
  if (name.includes("esm")) {
    window.io = (await import(path)).io;
  } else {
    await new Promise((resolve, reject) => {
      const script = document.createElement("script");
      Object.assign(script, { src: path, onload: resolve, onerror: reject });
      document.head.append(script);
    });
  }
  const socket = io();
  const shown = new Promise((resolve) => {
    socket.on("chat message", (said) => said.message === text && resolve(said.message));
  });
  socket.emit("chat message", { name: "ada", message: text });
  const message = await shown;
  socket.disconnect();
  delete window.io;
  return message;
}
"""


@pytest.mark.parametrize("name", ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js"])
def test_each_script_connects_its_page(visit: Visit, name: str) -> None:
    """F72: the page of a tutorial had no `io`."""
    page = visit("#/reports", expects=LOST).page
    text = f"hej från {name}"
    assert page.evaluate(CHAT, [name, text]) == text
