"""Random sequences of what clients and handlers can do."""

from random import Random
from typing import Any

STEPS = 60
ROOMS = ["a", "b", "c"]
TEXTS = ["", "hej", "åäö 🙂 \u2028", '"quoted" \\ \n', "0", "4", "-", "/a,"]
Step = tuple[Any, ...]


def value(random: Random, depth: int = 3) -> Any:
    """Return something that an event can carry."""
    kinds = ["none", "bool", "int", "float", "text", "bytes"]
    kind = random.choice(kinds + (["list", "dict"] * 2 if depth else []))
    if kind == "list":
        return [value(random, depth - 1) for _ in range(random.randrange(4))]
    if kind == "dict":
        keys = random.sample(TEXTS, random.randrange(4))
        return {key: value(random, depth - 1) for key in keys}
    return {
        "none": None,
        "bool": random.random() < 0.5,
        "int": random.randrange(-(2**53), 2**53),
        "float": random.uniform(-1, 1),
        "text": random.choice(TEXTS),
        "bytes": random.randbytes(random.choice([0, 1, 2, 300])),
    }[kind]


def addressed(random: Random, players: int) -> dict[str, Any]:
    """Return whom an event is for; a number stands for the sid of a client."""
    where: dict[str, Any] = {}
    room = random.choice(ROOMS)
    somebody = random.randrange(players)
    to = [None, room, room, somebody, random.sample(ROOMS, 2), "nobody", [somebody, room]]
    if (chosen := random.choice(to)) is not None:
        where[random.choice(["to", "room"])] = chosen
    if random.random() < 0.6:
        where["broadcast"] = True
    if random.random() < 0.3:
        where["several"] = True
    if random.random() < 0.3:
        where["include_self"] = random.random() < 0.3
    if random.random() < 0.3:
        where["skip_sid"] = random.choice([somebody, [0, somebody], [], None])
    return where


def steps(random: Random, players: int) -> list[Step]:
    """Return what happens, the same for both libraries."""
    made: list[Step] = []
    for number in range(STEPS):
        player = random.randrange(players)
        args = [value(random) for _ in range(random.randrange(3))]
        data = [[*args]] if random.random() < 0.3 else args[:1]
        where = addressed(random, players)
        others = {key: item for key, item in where.items() if key != "several"}
        simple = {key: item for key, item in where.items() if key != "broadcast"}
        sent = {key: item for key, item in others.items() if key != "broadcast"}
        emitted: list[Step] = [
            ("call", player, "emit", f"event {number}", data, where),
            ("call", player, "emit", f"event {number}", data, where),
            ("call", player, "server emit", f"event {number}", data, simple),
            ("call", player, "send", value(random), others | {"json": player % 2 == 0}),
            ("call", player, "server send", value(random), sent),
        ]
        joined: list[Step] = [
            ("call", player, "rooms", random.sample(ROOMS, 2), random.sample(ROOMS, 1)),
            ("call", player, "rooms", random.sample(ROOMS, 2), []),
        ]
        rest: list[Step] = [
            ("call", player, "close", random.choice([*ROOMS, player]), number % 2 == 0),
            ("call", player, "echo", *args),
            ("call", player, "anything", *args),
            ("call", player, "fail", random.choice(TEXTS)),
            ("call", player, "session", random.choice(TEXTS), value(random, 0)),
            ("call", player, "call another", random.randrange(players)),
            ("acknowledge", player, *args),
            ("disconnect", player, random.randrange(players)),
            ("leave", player),
        ]
        # The first steps are joins, so that the rooms are not empty.
        kinds = [joined] if number < 2 * players else [emitted, emitted, emitted, joined, rest]
        made.append(random.choice(random.choice(kinds)))
    return made
