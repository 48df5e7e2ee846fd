"""A ban while what its caller opens is not open yet."""

from concurrent.futures import ThreadPoolExecutor

from tests.chat.clients import Room, make_token, secret
from tests.conftest import StartServer
from tests.moderation.test_bans import ban
from tests.support.sse import EventStream
from tests.support.wait import wait_until


def test_a_stream_that_is_opened_after_a_ban_is_closed(start_server: StartServer) -> None:
    server = start_server("opening", entry="held_streams")
    moderator, room, guest = make_token(server, "m", "moderator"), Room(server, "lobby"), secret()
    said = room.say("buy", nick="spammer", guest=guest)
    path = f"/chat/rooms/{room.name}/stream"

    def follow() -> int:
        """Return the status of a stream; if it was opened, when the server has closed it."""
        with EventStream(server.host, server.port, path, headers={"X-Guest": guest}) as stream:
            if stream.status == 200:
                stream.drain()
            return stream.status

    hold = server.folder / "hold-stream"
    hold.touch()
    with ThreadPoolExecutor(1) as thread:
        try:
            held = thread.submit(follow)
            wait_until(lambda: "holding a stream" in server.log)
            ban(server, moderator, message={"room": room.name, "id": said["id"]})
        finally:
            hold.unlink()
        assert held.result() == 200
        assert follow() == 403
    server.stop()
