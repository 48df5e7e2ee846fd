"""What all clients that post, edit and delete have in common: they try until acknowledged."""

import secrets
from random import Random
from threading import Event
from time import monotonic
from typing import Any, NamedTuple

from tests.faults import checker
from tests.faults.checker import Checker, Message
from tests.faults.clients import LOST, is_passing, pause_after

PADDING = "åäö 汉字 🎉 "
"""Makes texts longer, so that frames and packets are cut in the middle of a character, too."""
PATIENCE = 120
"""Seconds after which a change that is never acknowledged fails the run."""


class Operation(NamedTuple):
    """A change of a message: the body of an event, of which REST puts a part into the address."""

    event: str
    body: dict[str, Any]


class Poster:
    """Makes one change after the other.

    A message is edited at most once, and nothing follows its deletion: a first attempt that
    arrives after its retry would otherwise undo what came between. `pace` is how many seconds pass
    on average between an acknowledgement and the next change.
    """

    kind = ""
    can_edit = True

    def __init__(
        self, name: str, collected: Checker, rooms: list[str], seed: int, pace: float
    ) -> None:
        self.name = name
        self.attempts = self.acknowledged = self.refused = self.unanswered = 0
        self.checker = collected
        self._rooms = rooms
        self._choices = Random(seed)
        self._pace = pace
        self._new: list[Message] = []
        self._edited: list[Message] = []

    def attempt(self, operation: Operation) -> Any:
        """Try once; return the response, in the envelope. Raises one of `LOST`."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connection, if there is one."""

    def run(self, stop: Event) -> None:
        """Make changes until `stop` is set; the last of them is acknowledged, too."""
        try:
            while not stop.wait(self._choices.expovariate(1 / self._pace)):
                self.make(self._choose())
        finally:
            self.close()

    def post(self, room: str) -> Message:
        """Post a message and return it."""
        return self.make(self._new_post(room))

    def _new_post(self, room: str) -> Operation:
        length = self._choices.choice((0, 0, 1, 30))
        text = f"{self.name} {self.acknowledged} {PADDING * length}".strip()
        key = secrets.token_hex(8)
        return Operation("post", {"room": room, "text": text, "key": key})

    def make(self, operation: Operation) -> Message:
        """Try until it is acknowledged; return the message."""
        deadline, failures = monotonic() + PATIENCE, 0
        while (answer := self._attempt(operation)) is None:
            assert monotonic() < deadline, f"{self.name} got no acknowledgement of {operation}"
            failures += 1
            Event().wait(pause_after(failures))
        self._accept(operation, answer)
        return answer

    def _attempt(self, operation: Operation) -> Message | None:
        self.attempts += 1
        try:
            answer = self.attempt(operation)
        except LOST:
            self.unanswered += 1
            return None
        if "data" not in answer:
            self.refused += 1
            if not is_passing(answer):
                self.checker.report(checker.UNEXPECTED, self.name, f"{operation}: {answer}")
            return None
        message: Message = answer["data"]
        return message

    def _accept(self, operation: Operation, message: Message) -> None:
        self.acknowledged += 1
        self.checker.acknowledge(self.name, message)
        wanted = {"deleted": operation.event == "delete", **operation.body}
        wanted.pop("key", None)
        if {name: message[name] for name in wanted} != wanted:
            self.checker.report(checker.CHANGED, self.name, f"{operation} became {message}")
        self._remember(operation.event, message)

    def _remember(self, event: str, message: Message) -> None:
        if event == "post":
            self._new = [*self._new[-50:], message]
        elif event == "edit":
            self._edited = [*self._edited[-50:], message]

    def _choose(self) -> Operation:
        chance = self._choices.random() if self.can_edit else 1
        if chance < 0.15 and self._new:
            message = self._take(self._new)
            text = f"{message['text']} edited"
            return Operation("edit", {"room": message["room"], "id": message["id"], "text": text})
        if chance < 0.25 and (old := self._edited or self._new):
            message = self._take(old)
            return Operation("delete", {"room": message["room"], "id": message["id"]})
        return self._new_post(self._choices.choice(self._rooms))

    def _take(self, messages: list[Message]) -> Message:
        return messages.pop(self._choices.randrange(len(messages)))
