"""Events begin in the order in which they arrived, and none waits for one that blocks."""

from contextvars import ContextVar, copy_context
from weakref import finalize

import eventlet
from eventlet import hubs
from greenlet import getcurrent

from me_api.transport.connection.dispatch import EventQueue, run_until_first_wait
from tests.transport.hub import Disk, Start, counter, notes, queue, start
from tests.transport.socket_pairs import turn, turn_until

__all__ = ["counter", "notes", "queue", "start"]

NAME: ContextVar[str] = ContextVar("name", default="nobody")


def test_events_run_in_order_up_to_where_they_wait(
    start: Start, queue: EventQueue, notes: list[str]
) -> None:
    disk = Disk()

    def act(name: str, waits: bool) -> None:
        notes.append(f"{name} begins")
        if waits:
            disk.wait()
        notes.append(f"{name} ends")

    def arrive() -> None:
        queue.open()
        queue.run(act, "a", False)
        queue.run(act, "b", True)
        queue.run(act, "c", False)
        queue.run(act, "d", True)
        notes.append("all have begun")

    start(arrive)
    begun = ["a begins", "a ends", "b begins", "c begins", "c ends", "d begins", "all have begun"]
    assert notes == begun
    disk.write()
    turn_until(lambda: len(notes) == len(begun) + 2)
    assert sorted(notes[-2:]) == ["b ends", "d ends"]


def test_an_event_that_does_not_wait_leaves_its_greenlet_to_the_next(
    queue: EventQueue, notes: list[str]
) -> None:
    disk, greenlets = Disk(), []

    def act(name: str) -> None:
        notes.append(f"{name} as {NAME.get()}")
        NAME.set(name)
        greenlets.append(getcurrent())
        if name == "waits":
            disk.wait()
            notes.append(f"{NAME.get()} goes on")

    def arrive() -> None:
        queue.open()
        for name in ("a", "b", "waits", "c", "d"):
            queue.run(act, name)

    hubs.get_hub().schedule_call_global(0, arrive)
    turn_until(lambda: len(notes) == 5)
    assert notes == [f"{name} as nobody" for name in ("a", "b", "waits", "c", "d")]
    a, b, waits, c, d = greenlets
    assert a is b is waits and c is d is not a
    disk.write()
    turn_until(lambda: len(notes) == 6)
    assert notes[-1] == "waits goes on" and waits.dead


def test_a_greenlet_that_is_left_keeps_nothing_of_its_event(queue: EventQueue) -> None:
    class Client:
        pass

    freed = []

    def arrive() -> None:
        queue.open()
        client = Client()
        finalize(client, freed.append, True)
        queue.run(lambda client: None, client)

    hubs.get_hub().schedule_call_global(0, arrive)
    turn_until(lambda: bool(freed))


def test_a_handler_that_waits_twice_wakes_its_starter_once(start: Start, notes: list[str]) -> None:
    first, second = Disk(), Disk()

    def act() -> None:
        first.wait()
        notes.append("once")
        second.wait()
        notes.append("twice")

    def arrive() -> None:
        run_until_first_wait(copy_context(), act)
        notes.append("starter")

    start(arrive)
    first.write()
    turn_until(lambda: "once" in notes)
    second.write()
    turn_until(lambda: "twice" in notes)
    turn()
    assert notes == ["starter", "once", "twice"]


def test_a_starter_that_has_resumed_is_not_woken_again(notes: list[object]) -> None:
    first, second, gate = Disk(), Disk(), Disk()

    def starter() -> None:
        run_until_first_wait(
            copy_context(), lambda: (first.wait(), notes.append("once"), second.wait())
        )
        notes.append(gate.wait())

    eventlet.spawn(starter)
    turn()
    first.write()
    turn_until(lambda: notes == ["once"])
    turn()
    gate.write("opened")
    turn_until(lambda: len(notes) == 2)
    assert notes == ["once", "opened"]
    second.write()
    turn()


def test_a_handler_that_kept_its_turn_without_waiting_wakes_its_starter_once(
    notes: list[object],
) -> None:
    """A read of the database that is answered at once."""
    gate = Disk()

    def read() -> None:
        getcurrent().hold_turn(True)  # type: ignore[attr-defined]
        getcurrent().hold_turn(False)  # type: ignore[attr-defined]

    def starter() -> None:
        run_until_first_wait(copy_context(), read)
        notes.append(gate.wait())

    eventlet.spawn(starter)
    turn()
    turn()
    assert notes == [], "it waits for the gate"
    gate.write("opened")
    turn_until(lambda: bool(notes))
    assert notes == ["opened"]


def test_each_event_has_a_context_of_its_own(start: Start, queue: EventQueue) -> None:
    found: list[str] = []
    disk = Disk()

    def act(name: str) -> None:
        found.append(NAME.get())
        NAME.set(name)
        disk.wait()
        found.append(NAME.get())

    def arrive() -> None:
        queue.open()
        queue.run(act, "a")
        queue.run(act, "b")

    start(arrive)
    disk.write()
    turn_until(lambda: len(found) == 4)
    assert (found[:2], sorted(found[2:])) == (["nobody", "nobody"], ["a", "b"])
    assert NAME.get() == "nobody"


def test_the_context_is_the_one_that_was_given(start: Start) -> None:
    context, found = copy_context(), []
    context.run(NAME.set, "app")
    start(lambda: run_until_first_wait(context, lambda: found.append(NAME.get())))
    assert found == ["app"]
