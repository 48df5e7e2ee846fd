"""Several servers write to one database: none waits for one that is paused."""

import random
import signal
import subprocess
import sys

import pytest
from sqlalchemy.exc import OperationalError

from me_api.chat.message_batch import NickCheck
from me_api.chat.message_changes import PostMessage
from me_api.chat.message_edits import EditMessage
from me_api.chat.room_changes import ChangeRoom
from me_api.errors import Forbidden
from me_api.eventlog.postgresql_writer import ATTEMPTS
from me_api.recovery.changes import SaveSession
from tests.support.databases import connect, execute
from tests.support.server import ROOT, python_environment
from tests.support.wait import WAIT_SECONDS, wait_until
from tests.writers.servers import ROOM, Server, in_thread, post, texts

STOPS = 12


def edit(text: str) -> EditMessage:
    return EditMessage(ROOM, 1, "s", None, False, text)


def is_stopped(process: "subprocess.Popen[bytes]") -> bool:
    with open(f"/proc/{process.pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "T"


def test_a_paused_server_holds_up_no_other(database: str) -> None:
    """Stopped at random moments, it never holds a lock for longer than a statement takes."""
    command = [sys.executable, "-m", "tests.writers.servers", database]
    paused = subprocess.Popen(command, cwd=ROOT, env=python_environment(), stdout=subprocess.PIPE)
    assert paused.stdout is not None
    with paused, paused.stdout:
        paused.stdout.readline()
        # What waits for a lock longer than this fails.
        other = Server(f"{database}&options=-c%20lock_timeout%3D1500", "b/1")
        try:
            for number in range(STOPS):
                # Its next statement is at any point: how many of ours it takes is random, too.
                for _ in range(random.randrange(4)):
                    other.post("meanwhile")
                paused.send_signal(signal.SIGSTOP)
                wait_until(lambda: is_stopped(paused), what="the stop")
                other.write([post(f"stop {number}"), SaveSession("p1", "/", "s", None, 0, {})])
                paused.send_signal(signal.SIGCONT)
        finally:
            paused.kill()
            other.disconnect()
    assert [text for text in texts(database) if text.startswith("stop")] == [
        f"stop {number}" for number in range(STOPS)
    ]


def test_a_key_that_is_sent_to_two_servers_is_stored_once(a: Server, b: Server) -> None:
    a.interrupt = lambda: b.post("hej", "k")
    message, new = a.post("hej", "k")
    assert (message["id"], message["rev"], new) == (1, 1, False)
    assert texts(a.url) == ["hej"]


def test_keys_that_are_sent_to_two_servers_at_once_are_stored_once(a: Server, b: Server) -> None:
    keys = [f"k{number}" for number in range(40)]
    sent = [in_thread(lambda s=s: [s.post(key, key) for key in keys]) for s in (a, b)]
    first, second = (future.result(WAIT_SECONDS) for future in sent)
    assert [message for message, _ in first] == [message for message, _ in second]
    assert [one + other for (_, one), (_, other) in zip(first, second, strict=True)] == [1] * 40
    assert texts(a.url) == keys


def test_a_room_that_is_closed_meanwhile_refuses_guests(a: Server, b: Server) -> None:
    a.interrupt = lambda: b.write([ChangeRoom(ROOM, {"guests": "read"})])
    assert isinstance(a.write([post("hej")]).outcomes[0], Forbidden)
    assert texts(a.url) == []


def test_what_changes_each_time_is_decided_under_the_lock(a: Server, b: Server) -> None:
    a.post("hej")
    edits = iter(range(ATTEMPTS))

    def again() -> None:
        for number in edits:
            b.write([edit(f"b {number}")])
            a.interrupt = again
            return

    a.interrupt = again
    outcome = a.write([edit("a")]).outcomes[0]
    assert (outcome["text"], outcome["rev"]) == ("a", 2 + ATTEMPTS)
    assert texts(a.url) == ["a"]


def test_sessions_do_not_wait_for_the_log(a: Server) -> None:
    with connect(a.url) as connection:
        execute(connection, "SELECT * FROM log FOR UPDATE")
        impatient = Server(f"{a.url}&options=-c%20lock_timeout%3D200", "c/1")
        impatient._timeline = "00000001"
        impatient.write([SaveSession("p1", "/", "s", None, 0, {})])
        with pytest.raises(OperationalError, match="lock timeout"):
            impatient.write([post("hej")])
        impatient.disconnect()


def test_time_never_falls(a: Server) -> None:
    with connect(a.url) as connection:
        execute(connection, "UPDATE log SET time = '2100-01-01 00:00:00.0019Z'")
    assert a.post("hej")[0]["time"] == "2100-01-01T00:00:00.001Z"
    a.write([ChangeRoom(ROOM, {"title": "t"})])
    assert a.post("hej")[0]["time"] == "2100-01-01T00:00:00.001Z"


def test_every_commit_with_a_position_or_of_a_room_notifies(a: Server) -> None:
    with connect(a.url) as connection:
        execute(connection, "LISTEN me_api")
        connection.commit()
        a.post("hej")
        a.write([SaveSession("p1", "/", "s", None, 0, {})])
        a.write([ChangeRoom(ROOM, {"guests": "read"})])
        driver = connection.connection.driver_connection
        assert driver is not None
        received = driver.notifies(timeout=WAIT_SECONDS, stop_after=3)
        # A change of a room also notifies by a trigger, as if it were made by hand.
        expected = ["1 0 1 1 0 a/1", "1 1 1 2 1 a/1", "1 1 1 3 2"]
        assert [notify.payload for notify in received] == expected


def hold_nick(database: str) -> None:
    """Hold a nick for another sender, as a node does when a client connects with it."""
    with connect(database) as connection:
        execute(
            connection,
            "INSERT INTO nodes (name, incarnation, until, secret_check)"
            " VALUES ('b', 1, clock_timestamp() + interval '1 minute', '')",
        )
        execute(connection, "INSERT INTO nicks (folded, node, sender) VALUES ('mos', 'b', 't')")


def test_a_nick_that_is_taken_while_a_post_is_decided_is_refused(a: Server, database: str) -> None:
    def named(node: str) -> PostMessage:
        check = NickCheck("mos", "s", node)
        return PostMessage(ROOM, node, "mos", False, "s", None, None, None, check)

    assert a.write([named("a")]).head == 1
    commits = a.commits
    a.interrupt = lambda: hold_nick(database)
    refused = a.write([named("a")]).outcomes[0]
    assert (a.commits - commits, refused.code) == (1, "nick_taken")
    assert a._counts.again == 1
    # Under the lock, too, and beside another post.
    written = a._write_locked([named("a"), post("beside")])
    assert written is not None and written.outcomes[0].code == "nick_taken"
    # The node that holds it knows by itself who uses it.
    assert a.write([named("b")]).outcomes[0][1]
    assert texts(database) == ["a", "beside", "b"]
