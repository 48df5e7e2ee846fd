"""curl as a client behind a proxy."""

import json
import shutil
import subprocess
import threading
from typing import Any

from tests.deploy.observers import Observer
from tests.support.wait import WAIT_SECONDS

CLOSED = (55, 56)
"""The exit codes of curl where it could not send, or not receive."""


def program() -> str:
    """Return the path of curl."""
    path = shutil.which("curl")
    assert path, "there is no curl: install Debian's package curl"
    return path


def post_large(url: str, body: Any) -> tuple[int, Any] | None:
    """Send JSON as curl does if it is large: it asks first (RFC 9110, section 10.1.1).

    Return the status and the JSON of the response; None if the connection was closed before it was
    read.
    """
    ask = ("--http1.1", "-H", "Expect: 100-continue", "--expect100-timeout", str(WAIT_SECONDS))
    sent = ("-H", "Content-Type: application/json", "--data-binary", "@-")
    done = subprocess.run(
        [program(), "-s", *ask, *sent, "-w", "%{stderr}%{http_code}", url],
        input=json.dumps(body),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode in CLOSED:
        return None
    assert done.returncode == 0, done
    return int(done.stderr), json.loads(done.stdout)


class CurlObserver(Observer):
    """`curl -N`, which does not come back."""

    def __init__(self, url: str, room: str, since: int) -> None:
        self._process = subprocess.Popen(
            [program(), "-sN", f"{url}/chat/rooms/{room}/stream?since={since}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.messages = []
        self._thread = threading.Thread(target=self._read, name="curl")
        self._thread.start()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join(WAIT_SECONDS)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("data: "):
                self.messages.append(json.loads(line.removeprefix("data: ")))
