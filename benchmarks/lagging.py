"""Run the server as `app.py` does, and note how late its loop is: the name of a file in LAG_FILE.

A greenlet sleeps five milliseconds, again and again; each time that it wakes it appends how much
later than that it was, in seconds.
"""

import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import os  # noqa: E402
from time import monotonic  # noqa: E402

from me_api.run import main  # noqa: E402

NAP = 0.005


def note_lags() -> None:
    """Measure, for ever."""
    with open(os.environ["LAG_FILE"], "a", encoding="ascii", buffering=1) as file:
        while True:
            begun = monotonic()
            eventlet.sleep(NAP)
            file.write(f"{monotonic() - begun - NAP:.6f}\n")


if __name__ == "__main__":
    eventlet.spawn(note_lags)
    main()
