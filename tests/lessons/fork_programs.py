"""The process that forks the plain servers of docs/kurs: it imports their libraries once, for all.

Each line of its standard input is a program, `{"path", "environment", "log"}`; the answer is a line
with the process's id. When standard input is closed all programs end.
"""

import ctypes
import importlib
import json
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1
LIBRARIES = (
    *("flask_cors", "flask_socketio", "simple_websocket", "jwt", "sqlite3", "queue"),
    *("engineio.async_drivers.threading", "werkzeug.serving", "werkzeug.security"),
)


def main() -> None:
    """Import the libraries, and fork a process for each program."""
    for name in LIBRARIES:
        importlib.import_module(name)
    # The system forgets a child when it ends.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            run(**json.loads(line))
        print(pid, flush=True)


def run(path: str, environment: dict[str, str], log: str) -> None:
    """Do as `python PATH` does, with its output in a file."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for target, source in enumerate((os.open(os.devnull, os.O_RDONLY), output, output)):
        os.dup2(source, target)
    # As in a terminal, so that a program that is killed has shown what it wrote.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.argv = [path]
    try:
        runpy.run_path(path, run_name="__main__")
    finally:
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
