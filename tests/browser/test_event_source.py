"""The browser's own EventSource reconnects by itself and receives everything."""

import re

from tests.browser.browsers import LOST
from tests.browser.conftest import Visit
from tests.support.server import ROOT, LiveServer
from tests.support.wait import wait_until

ADDRESS = "http://127.0.0.1:1337"
LISTEN = """
(path) => {
  window.received = [];
  window.opened = 0;
  const keep = (event) =>
    received.push([event.type, event.lastEventId, JSON.parse(event.data).rev]);
  window.source = new EventSource(path);
  source.onmessage = keep;
  source.addEventListener("report", keep);
  source.onopen = () => { window.opened += 1; };
}
"""


def test_it_resumes_by_itself_after_a_kill(visit: Visit, server: LiveServer) -> None:
    page = visit(expects=LOST).page

    def post(text: str) -> int:
        body = {"nick": "mos", "text": text}
        rev: int = server.post("/chat/rooms/lobby/messages", body).json["data"]["rev"]
        return rev

    def received(*revs: int) -> None:
        wanted = [["message", str(rev), rev] for rev in revs]
        wait_until(lambda: page.evaluate("received") == wanted, what=f"{wanted}")

    page.evaluate(LISTEN, "/stream")
    wait_until(lambda: page.evaluate("opened") == 1)
    page.evaluate("window.unloaded = false")
    revs: list[int] = []
    for times in range(1, 4):
        # Right after the start nobody is back yet; before the first kill nothing was received.
        server.kill()
        server.start()
        revs.append(post(f"missed {times}"))
        wait_until(lambda times=times: page.evaluate("opened") == times + 1)
        received(*revs)
        revs.append(post(f"live {times}"))
        received(*revs)
    assert page.evaluate("source.readyState") == 1
    assert page.evaluate("window.unloaded") is False, "without a reload"


def test_what_is_refused_is_final(visit: Visit) -> None:
    visitor = visit()
    visitor.page.evaluate(LISTEN, "/stream?since=9000000")
    wait_until(lambda: visitor.page.evaluate("source.readyState") == 2)
    assert visitor.page.evaluate("opened") == 0
    (told,) = visitor.faults
    assert "410" in told, "what the browser says of it"
    visitor.faults.clear()


def test_the_program_of_the_documents(visit: Visit, server: LiveServer) -> None:
    text = (ROOT / "docs" / "clients.md").read_text()
    (program,) = re.findall(r"^```es6\n(.*?)^```", text, re.S | re.M)
    page = visit().page
    page.evaluate(f"() => {{ {program} window.source = source; }}".replace(ADDRESS, server.url))
    wait_until(lambda: page.evaluate("source.readyState") == 1)
    with page.expect_console_message(lambda message: message.text == "mos hej"):
        server.post("/chat/rooms/lobby/messages", {"nick": "mos", "text": "hej"})
