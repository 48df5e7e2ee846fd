"""Cacheable GETs are never stale: after posts, edits, closed rooms, commits of other processes."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing

from tests.chat.clients import Room, make_token, short_tokens
from tests.rest.keep_alive import KeepAliveConnection
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until

REPORT = {"week": 1, "title": "Ett", "text": "# Hej"}


def test_a_cached_response_ends_with_its_token(
    server: LiveServer, room: Room, owner: str, connection: KeepAliveConnection
) -> None:
    server.patch(room.url, {"guests": "none"}, token=owner)
    make_token(server, "reader")
    path = f"{room.url}/messages"
    requests = ({"x-access-token": token} for token in short_tokens(server, "reader"))
    headers = next(each for each in requests if connection.get(path, each)[0] == 200)
    wait_until(lambda: connection.get(path, headers)[0] != 200)
    assert b"expired_token" in connection.get(path, headers)[2]


def test_no_response_is_older_than_an_acknowledged_post(
    server: LiveServer, room: Room, connect: Callable[[], KeepAliveConnection]
) -> None:
    acknowledged, done, faults = [0], threading.Event(), list[str]()

    def read(path: str) -> None:
        connection, answers = connect(), 0
        while not done.is_set() or answers < 100:
            known = acknowledged[0]
            status, _, body = connection.get(path)
            answers += 1
            if status != 200 or _last_id(body) < known:
                faults.append(f"{path}: {known} was acknowledged before: {body[-200:]!r}")

    paths = [f"{room.url}/messages?limit={limit}" for limit in (1, 1, 50)]
    readers = [threading.Thread(target=read, args=(path,)) for path in paths]
    for reader in readers:
        reader.start()
    try:
        for number in range(1, 301):
            reply = server.post(f"{room.url}/messages", {"nick": "mos", "text": str(number)})
            acknowledged[0] = reply.json["data"]["id"]
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert faults == []
    assert acknowledged[0] == 300


def _last_id(body: bytes) -> int:
    found = body.rpartition(b'"id":')[2].partition(b",")[0]
    return int(found) if found.isdigit() else 0


def test_an_edit_is_visible_at_once(
    server: LiveServer, room: Room, owner: str, connection: KeepAliveConnection
) -> None:
    server.post(f"{room.url}/messages", {"nick": "mos", "text": "0"})
    for number in range(50):
        server.patch(f"{room.url}/messages/1", {"text": f"text {number}"}, token=owner)
        for path in ("messages", "messages/1", "messages"):
            assert b'"text":"text %d"' % number in connection.get(f"{room.url}/{path}")[2]


def test_a_report_is_visible_at_once(
    server: LiveServer, owner: str, connection: KeepAliveConnection
) -> None:
    for number in range(50):
        server.post("/reports", REPORT | {"title": f"title {number}"}, token=owner)
        for path in ("/reports", "/reports/week/1", "/reports"):
            assert b'"title":"title %d"' % number in connection.get(path)[2]


def test_a_closed_room_is_closed_at_once(
    server: LiveServer, room: Room, owner: str, connection: KeepAliveConnection
) -> None:
    server.post(f"{room.url}/messages", {"nick": "mos", "text": "secret"})
    for _ in range(20):
        for guests, status in (("none", 403), ("read", 200)):
            assert server.patch(room.url, {"guests": guests}, token=owner).status == 200
            for path in ("messages", "messages/1"):
                assert connection.get(f"{room.url}/{path}")[0] == status
    server.patch(room.url, {"guests": "none"}, token=owner)
    assert connection.get(f"{room.url}/messages", {"x-access-token": owner})[0] == 200
    assert connection.get(f"{room.url}/messages")[0] == 403, "what the owner read is not for guests"


def test_a_commit_of_another_process_is_visible_at_once(
    server: LiveServer, room: Room, connection: KeepAliveConnection
) -> None:
    server.post(f"{room.url}/messages", {"nick": "mos", "text": "0"})
    name = room.url.rpartition("/")[2]
    opened = sqlite3.connect(server.database, isolation_level=None, timeout=WAIT_SECONDS)
    with closing(opened) as other:
        for number in range(20):
            assert connection.get(f"{room.url}/messages")[0] == 200
            mine = "room_id = (SELECT id FROM rooms WHERE name = ?)"
            other.execute(f"UPDATE messages SET text = ? WHERE {mine}", (f"other {number}", name))
            assert b'"text":"other %d"' % number in connection.get(f"{room.url}/messages")[2]
        assert b'"name":"%b"' % name.encode() in connection.get("/chat/rooms")[2]
        other.execute("UPDATE rooms SET guests = 'none' WHERE name = ?", (name,))
        assert connection.get(f"{room.url}/messages")[0] == 403
        assert b'"name":"%b"' % name.encode() not in connection.get("/chat/rooms")[2]
