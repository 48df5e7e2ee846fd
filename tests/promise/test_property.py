"""Whatever is written, by any interface and however cut, clients have built what REST has."""

from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st

from tests.promise.actors import Actor, StockActor, WireActor
from tests.recovery.rest_reader import received
from tests.recovery.scenario import Message, World, address, done
from tests.support.node import NodeClient, NodeClients
from tests.support.properties import examples

NAMES = ["post", "edit", "join"] * 6 + ["delete", "leave", "cut", "reconnect", "save"] * 3
NAMES += ["join_in_vain"] * 2 + ["kill"]
ACTS = st.tuples(st.sampled_from(NAMES), st.integers(0, 2), st.booleans(), st.integers(0, 99))


class Play:
    """One example: two new rooms, three guests and a reader of reports.

    `choice` is whether an operation uses the socket, or a join sends `since`.
    """

    def __init__(self, world: World, node: NodeClients) -> None:
        self.world = world
        self.rooms = [world.room(), world.room()]
        self.stock = [StockActor(world, node, way) for way in ("websocket", "polling")]
        self.reports: NodeClient = node.connect(world.server.url, "/reports")
        self.reports.wait_for("ready")
        self.wire = WireActor(world)
        self.actors: list[Actor] = [*self.stock, self.wire]
        self.saved: list[Message] = []

    def act(self, name: str, who: int, choice: bool, which: int) -> None:
        getattr(self, name)(self.actors[who], choice, which)

    def post(self, actor: Actor, choice: bool, which: int) -> None:
        """Post; on the socket without waiting for the ack."""
        room, text = self.rooms[which % 2], f"{len(actor.mine)}"
        if choice and not actor.away:
            actor.send("post", {"room": room, "text": text})
        else:
            path = f"/chat/rooms/{room}/messages"
            actor.mine.append(actor.rest("POST", path, {"text": text, "nick": actor.auth["nick"]}))

    def edit(self, actor: Actor, choice: bool, which: int) -> None:
        """Edit one of the actor's own messages."""
        if actor.mine:
            target = actor.mine[which % len(actor.mine)]
            text = f"edited {which} {len(self.saved)}"
            if choice and not actor.away:
                actor.send("edit", {"room": target["room"], "id": target["id"], "text": text})
            else:
                actor.rest("PATCH", address(target), {"text": text})

    def delete(self, actor: Actor, choice: bool, which: int) -> None:
        """Delete one of the actor's own messages."""
        if actor.mine:
            target = actor.mine[which % len(actor.mine)]
            if choice and not actor.away:
                actor.send("delete", {"room": target["room"], "id": target["id"]})
            else:
                actor.rest("DELETE", address(target))

    def join(self, actor: Actor, choice: bool, which: int) -> None:
        """Join a room; joining again is harmless."""
        if not actor.away:
            actor.join(self.rooms[which % 2], since=choice)

    def leave(self, actor: Actor, choice: bool, which: int) -> None:
        """Leave a room; leaving again is harmless."""
        if not actor.away:
            actor.leave(self.rooms[which % 2])

    def join_in_vain(self, actor: Actor, choice: bool, which: int) -> None:
        """Join and lose the connection; since the outcome is unknown, join again."""
        if not actor.away:
            actor.send("join", {"room": self.rooms[which % 2]})
            actor.cut()
            actor.reconnect()
            actor.join(self.rooms[which % 2], since=choice)

    def cut(self, actor: Actor, choice: bool, which: int) -> None:
        """Cut a client, which stays disconnected."""
        if not actor.away:
            actor.cut()
            actor.away = True

    def reconnect(self, actor: Actor, choice: bool, which: int) -> None:
        """Reconnect a client that is disconnected."""
        if actor.away:
            actor.away = False
            actor.reconnect()

    def save(self, actor: Actor, choice: bool, which: int) -> None:
        body = {
            "week": 1 + which % 5,
            "title": "kmom",
            "text": f"{self.rooms[0]} {len(self.saved)}",
        }
        reply = self.world.server.post("/reports", body, token=self.world.token)
        assert reply.status in (200, 201), reply
        self.saved.append(reply.json["data"])

    def kill(self, actor: Actor, choice: bool, which: int) -> None:
        """Kill the server and restart it; all clients that were connected reconnect."""
        here = [(stock, stock.client.mark()) for stock in self.stock if not stock.away]
        mark = self.reports.mark()
        self.cut(self.wire, choice, which)
        self.world.server.restart(kill=True)
        self.reconnect(self.wire, choice, which)
        for stock, since in here:
            stock.recovered(since)
        assert self.reports.wait_connected(mark)["recovered"]
        # Of what it misses while it is not live, it is sent the newest version only.
        self.reports.wait_for("ready", since=mark)

    def end(self) -> None:
        """Reconnect all clients, wait for what is on its way, and compare."""
        for actor in self.actors:
            self.reconnect(actor, False, 0)
        for stock in self.stock:
            stock.wait_acks()
        self.wire.call("members", {"room": self.rooms[0]})
        for room in self.rooms:
            last = self.world.post(room, "the end")
            for actor in [*self.stock, self.wire]:
                if room in actor.rooms:
                    actor.wait(last)
        for actor in self.actors:
            actor.check()
        self.check_reports()

    def check_reports(self) -> None:
        """Compare the reports with REST."""
        newest: dict[int, Any] = {report["week"]: report for report in self.saved}
        for week, report in newest.items():
            self.reports.wait_for("report", lambda r, _, report=report: r["rev"] == report["rev"])
            rest = done(self.world.server.get(f"/reports/week/{week}"), 200)
            events = [r for r in received(self.reports, event="report") if r["week"] == week]
            assert events[-1] == rest
        revs = [report["rev"] for report in received(self.reports, event="report")]
        assert revs == sorted(report["rev"] for report in self.saved)


@examples(40)
@given(acts=st.lists(ACTS, min_size=10, max_size=40))
def test_what_clients_built_is_what_rest_has(
    world: World, node: NodeClients, acts: list[tuple[str, int, bool, int]]
) -> None:
    play = Play(world, node)
    try:
        for act in acts:
            note(str(act))
            play.act(*act)
        play.end()
    finally:
        play.wire.client.abort()
        node.close_all()
