"""A node is killed under the page: another one goes on, after one attempt to reconnect."""

import pytest

from tests.browser.browsers import LOST, Visitor
from tests.browser.conftest import Visit
from tests.deploy.conftest import Site, nodes, site, start_nginx, whole_site
from tests.deploy.test_nginx import connections
from tests.support.wait import wait_until

__all__ = ["nodes", "site", "start_nginx", "whole_site"]

WATCH_STATUS = """
() => {
  window.shown = [];
  const look = () => {
    const shown = document.querySelector(".connection").className.split(" ").at(-1);
    if (shown !== window.shown.at(-1)) window.shown.push(shown);
  };
  look();
  const options = { subtree: true, childList: true, attributes: true };
  new MutationObserver(look).observe(document.body, options);
}
"""


def shown(visitor: Visitor) -> list[str]:
    """Return what the page has shown of its connection; fails after a reload."""
    return list(visitor.page.evaluate("window.shown"))


@pytest.fixture
def server(site: Site) -> Site:
    """Serve the pages by all nodes."""
    return site


def test_the_page_goes_on_at_another_node_with_its_first_attempt(visit: Visit, site: Site) -> None:
    sockets: list[str] = []
    kim = visit(expects=LOST)
    kim.page.on("websocket", lambda line: sockets.append(line.url))
    kim.enter("kim")
    kim.say("before")
    kim.sees("before")
    wait_until(lambda: sum(map(connections, site.nodes.values())) == 1, what="the connection")
    used = next(server for server in site.nodes.values() if connections(server))
    before = len(sockets)
    kim.page.evaluate(WATCH_STATUS)
    try:
        used.kill()
        wait_until(lambda: "reconnecting" in shown(kim), what="the loss of the connection")
        kim.wait_live()
        # It was the first attempt: the next one would wait for longer.
        assert len(sockets) == before + 1
        kim.say("after")
        kim.sees("before", "after")
        stored = site.get("/chat/rooms/lobby/messages").json["data"]
        assert [message["text"] for message in stored] == ["before", "after"]
        assert shown(kim).count("reconnecting") == 1
    finally:
        used.start()
