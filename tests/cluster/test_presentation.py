"""The presentation, changed at one node and shown by all."""

from tests.cluster.conftest import Nodes, make_token
from tests.support.node import NodeClients
from tests.support.sse import EventStream


def test_a_change_at_one_node_is_shown_at_the_other(nodes: Nodes, node: NodeClients) -> None:
    a, b = nodes.start("a"), nodes.start("b")
    token = make_token(a, "mos", "owner")
    reader = node.connect(b.url, "/me")
    reader.wait_for("ready")
    stream = EventStream(b.host, b.port, "/me/stream")
    etag = b.get("/").headers["ETag"]
    for number in range(3):
        me = a.put("/", {"text": f"nummer {number}"}, token=token).json["data"]
        changed = b.get("/", headers={"X-Rev": str(me["rev"]), "If-None-Match": etag})
        assert (changed.status, changed.json["data"]["me"]) == (200, me)
        etag = changed.headers["ETag"]
        assert b.get("/", headers={"If-None-Match": etag}).status == 304
        assert reader.wait_for("me", lambda _, rev, me=me: rev == str(me["rev"]))[0] == me
        stream.wait(lambda data, me=me: data == me)
    revs = [rev for _, rev in reader.args_of("me")]
    assert revs == sorted(set(revs), key=int)
    stream.close()
