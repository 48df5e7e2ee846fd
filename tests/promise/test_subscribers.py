"""Whatever is written, cut and killed, streams and long-polls carry what REST has."""

from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st

from tests.promise.actors import WireActor
from tests.promise.subscribers import PollSubscriber, StreamSubscriber, Subscriber
from tests.recovery.scenario import World, address, done, save
from tests.support.properties import examples
from tests.support.wait import wait_until

NAMES = ["post", "edit"] * 8 + ["delete", "save", "cut", "cut_all"] * 3 + ["kill"]
ACTS = st.tuples(st.sampled_from(NAMES), st.booleans(), st.integers(0, 99))


class Play:
    """One example: two new rooms, a guest who writes, and subscribers of all kinds.

    `choice` is whether an operation uses the socket.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.rooms = [world.room(), world.room()]
        self.writer = WireActor(world)
        self.since: int = world.server.get("/readyz").json["data"]["rev"]
        room = f"/chat/rooms/{self.rooms[0]}"
        streams = ["/stream", "/reports/stream", f"{room}/stream"]
        polls = ["/reports/changes", f"{room}/changes"]
        self.subscribers: list[Subscriber] = [
            *(StreamSubscriber(world, path, self.since) for path in streams),
            *(PollSubscriber(world, path, self.since) for path in polls),
        ]

    def post(self, choice: bool, which: int) -> None:
        """Post; on the socket without waiting for the ack."""
        body = {"room": self.rooms[which % 2], "text": f"{which} åäö"}
        if choice:
            self.writer.send("post", body)
        else:
            path = f"/chat/rooms/{body['room']}/messages"
            fields = {"text": body["text"], "nick": self.writer.auth["nick"]}
            self.writer.mine.append(self.writer.rest("POST", path, fields))

    def edit(self, choice: bool, which: int) -> None:
        """Edit one of the messages."""
        if self.writer.mine:
            target = self.writer.mine[which % len(self.writer.mine)]
            text = f"edited {which}"
            if choice:
                body = {"room": target["room"], "id": target["id"], "text": text}
                self.writer.send("edit", body)
            else:
                self.writer.rest("PATCH", address(target), {"text": text})

    def delete(self, choice: bool, which: int) -> None:
        """Delete one of the messages."""
        if self.writer.mine:
            target = self.writer.mine[which % len(self.writer.mine)]
            if choice:
                self.writer.send("delete", {"room": target["room"], "id": target["id"]})
            else:
                self.writer.rest("DELETE", address(target))

    def save(self, choice: bool, which: int) -> None:
        """Save or delete a report."""
        week = 1 + which % 3
        if choice:
            body = {"week": week, "title": "kmom", "text": f"{self.rooms[0]} {which}"}
            assert self.world.server.post("/reports", body, token=self.world.token).status < 300
        else:
            path = f"/reports/week/{week}"
            self.world.server.delete(path, token=self.world.token)

    def cut(self, choice: bool, which: int) -> None:
        """Cut the connection of a subscriber."""
        self.subscribers[which % len(self.subscribers)].cut()

    def cut_all(self, choice: bool, which: int) -> None:
        """Cut the connections of all subscribers."""
        for subscriber in self.subscribers:
            subscriber.cut()

    def kill(self, choice: bool, which: int) -> None:
        """Kill the server and restart it."""
        self.writer.cut()
        self.world.server.restart(kill=True)
        self.writer.reconnect()

    def end(self) -> None:
        """Wait until the last change has reached every subscriber, and compare."""
        self.writer.call("members", {"room": self.rooms[0]})
        save(self.world, 9)
        body = {"week": 9, "title": "kmom", "text": f"the end of {self.rooms[0]}"}
        done(self.world.server.post("/reports", body, token=self.world.token), 200)
        report = done(self.world.server.get("/reports/week/9"), 200)
        others, last = self.world.post(self.rooms[1], "end"), self.world.post(self.rooms[0], "end")
        for subscriber in self.subscribers:
            end = report if "reports" in subscriber._path else last
            wait_until(
                lambda subscriber=subscriber, end=end: subscriber.has(end), what=subscriber._path
            )
        assert self.subscribers[0].has(others)
        self.check()

    def check(self) -> None:
        """Compare what each subscriber has with REST."""
        messages = {(m["room"], m["id"]): m for r in self.rooms for m in self.world.history(r)}
        path = f"/reports/changes?since={self.since}&limit=200"
        reports = {(None, r["week"]): r for r in done(self.world.server.get(path), 200)}
        mine = {key: message for key, message in messages.items() if key[0] == self.rooms[0]}
        everything, of_reports, of_room, *polls = (f.newest() for f in self.subscribers)
        assert everything == {**messages, **reports}
        assert of_reports == polls[0] == reports
        assert of_room == polls[1] == mine

    def leave(self) -> None:
        """End the writer and all subscribers."""
        self.writer.client.abort()
        for subscriber in self.subscribers:
            subscriber.end()


@examples(25)
@given(acts=st.lists(ACTS, min_size=10, max_size=40))
def test_what_was_collected_is_what_rest_has(world: World, acts: list[tuple[Any, ...]]) -> None:
    play = Play(world)
    try:
        for name, choice, which in acts:
            note(str((name, choice, which)))
            getattr(play, name)(choice, which)
        play.end()
    finally:
        play.leave()
