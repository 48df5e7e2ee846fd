"""The real curl shows each message as it arrives."""

import re
import subprocess

from tests.recovery.scenario import World
from tests.sse.conftest import room_stream
from tests.support.server import ROOT


def test_curl_shows_a_message_as_it_comes(world: World) -> None:
    room = world.room()
    missed = world.post(room, "missed")
    url = f"{world.server.url}{room_stream(room)}?since={missed['rev'] - 1}"
    with subprocess.Popen(["curl", "-sN", url], stdout=subprocess.PIPE, text=True) as curl:
        assert curl.stdout is not None
        try:
            for text in ("missed", "one", "two"):
                if text != "missed":
                    world.post(room, text)
                line = next(line for line in curl.stdout if line.startswith("data: "))
                assert f'"text":"{text}"' in line
        finally:
            curl.kill()


def test_the_command_of_the_documents(world: World) -> None:
    page = (ROOT / "docs" / "clients.md").read_text()
    (command,) = re.findall(r"^```shell\n(.*?)^```", page, re.S | re.M)
    command = f"exec {command.replace('http://127.0.0.1:1337', world.server.url)}"
    with subprocess.Popen(command, shell=True, stdout=subprocess.PIPE, text=True) as curl:
        assert curl.stdout is not None
        try:
            assert next(curl.stdout).startswith("id: ")
            world.post("lobby", "for the documents")
            assert any("for the documents" in line for line in curl.stdout)
        finally:
            curl.kill()
