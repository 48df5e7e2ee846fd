"""The sensor and the script of the documents, with the real curl and the real Python."""

import os
import re
import subprocess
import sys

from tests.chat.clients import Room
from tests.support.server import ROOT, LiveServer
from tests.support.wait import wait_until
from tests.tokens.conftest import MakeApiToken

PAGE = (ROOT / "docs" / "clients.md").read_text()


def example(language: str, words: str, server: LiveServer) -> str:
    """Return the example of the page that has these words, for the address of the server."""
    examples = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.S | re.M)
    (found,) = [each for each in examples if words in each]
    return str(found.replace("http://127.0.0.1:1337", server.url))


def test_the_sensor_of_the_documents_posts(
    server: LiveServer, make_api_token: MakeApiToken
) -> None:
    made = make_api_token(name="sensor", scopes=["post"], rooms=["lobby"])
    command = example("zsh", "$TOKEN", server)
    environment = os.environ | {"TOKEN": made["token"]}
    sent = subprocess.run(command, shell=True, env=environment, capture_output=True, check=True)
    assert sent.stderr == b""
    message = Room(server, "lobby").page("limit=1")["data"][0]
    assert (message["nick"], message["verified"], message["text"]) == ("maker", True, "21.5 °C")


def test_the_script_of_the_documents_follows(
    server: LiveServer, make_api_token: MakeApiToken
) -> None:
    made = make_api_token(name="script", scopes=["read"], rooms=["lobby"])
    source = example("py", "TOKEN", server)
    environment = os.environ | {"TOKEN": made["token"], "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", source],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as script:
        assert script.stdout is not None
        try:
            texts = iter(range(1000))

            def is_shown() -> bool:
                # The script follows from when it has begun.
                Room(server, "lobby").say(f"number {next(texts)}")
                streams = server.get("/metrics").body.decode()
                return "me_api_streams 1.0" in streams

            wait_until(is_shown)
            Room(server, "lobby").say("for the script")
            assert any("for the script" in line for line in script.stdout)
            server.delete(f"/tokens/{made['id']}", token=None)
        finally:
            script.kill()
