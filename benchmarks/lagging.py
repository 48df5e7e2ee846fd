"""Run the server as `app.py` does, and record how late its event loop is.

A greenlet sleeps five milliseconds, again and again. Each time it appends to the file named by
LAG_FILE how much later it woke up, in seconds.
"""

import warnings

# eventlet warns at import, so the filter comes first. All other modules are imported after the
# monkey patching, as some of them take functions of the standard library at import.
warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import os  # noqa: E402
from time import monotonic  # noqa: E402

from me_api.run import main  # noqa: E402

INTERVAL = 0.005


def record_lag() -> None:
    """Append the lag to the file in each interval, until the process ends."""
    with open(os.environ["LAG_FILE"], "a", encoding="ascii", buffering=1) as file:
        while True:
            started = monotonic()
            eventlet.sleep(INTERVAL)
            file.write(f"{monotonic() - started - INTERVAL:.6f}\n")


if __name__ == "__main__":
    eventlet.spawn(record_lag)
    main()
