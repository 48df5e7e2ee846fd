"""F20a: what is no pid or no offset of ours starts a new session, and repeats nothing."""

from typing import Any

import pytest

from tests.recovery.raw_clients import Wires, recovered
from tests.recovery.rest_reader import Reader
from tests.recovery.scenario import World
from tests.support.wire import WireClient

OFFSETS: list[Any] = ["bar", "-5", "", " 5", "5 ", "+5", "05", "5.0", "0x5", "1e2", "٥", "9" * 5000]
NOT_TEXT: list[Any] = [5, 5.5, True, [], ["5"], {}]


def messages(client: WireClient) -> list[Any]:
    return [event for event in client.events("/chat") if event[0] == "message"]


@pytest.mark.parametrize("offset", [*OFFSETS, *NOT_TEXT])
def test_what_is_no_offset_is_not_recovered(world: World, wires: Wires, offset: Any) -> None:
    room = world.room()
    first = wires.open()
    Reader(world, first).join(room)
    seen = world.post(room)
    assert first.wait_event("message")[0] == seen
    first.abort()
    second = wires.again(first, offset=offset)
    assert not recovered(first, second)
    assert not messages(second)
    third = wires.again(first)
    assert recovered(first, third), "the session itself is as it was"


@pytest.mark.parametrize("pid", [7, 0, True, [], ["x"], {}, None, "", "x", "x" * 201, "x" * 5000])
@pytest.mark.parametrize("offset", [{}, {"offset": "5"}, {"offset": 5}])
def test_what_is_no_pid_is_ignored(wires: Wires, pid: Any, offset: dict[str, Any]) -> None:
    client = wires.open(pid=pid, **offset)
    assert client.memory.pid["/chat"] not in (None, pid)


def test_an_offset_without_a_pid_is_ignored(wires: Wires) -> None:
    assert wires.open(offset="5").memory.pid["/chat"]


def test_a_client_that_received_nothing_sends_no_offset_and_is_recovered(
    world: World, wires: Wires
) -> None:
    room = world.room()
    first = wires.open()
    Reader(world, first).join(room)
    first.abort()
    missed = world.post(room)
    first.memory.offset.clear()
    second = wires.again(first, offset=None)
    assert recovered(first, second)
    assert second.wait_event("message")[0] == missed
