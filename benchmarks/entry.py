"""Run the server as `app.py` does, with rate limits far above what a benchmark sends.

Every post is still checked against its limits, those of its sender and address, as in production.
"""

import warnings

# eventlet warns at import, so the filter comes first. All other modules are imported after the
# monkey patching, as some of them take functions of the standard library at import.
warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from me_api import rate_limits  # noqa: E402
from me_api.run import main  # noqa: E402

UNREACHABLE = rate_limits.RateLimit(per_second=1_000_000, burst=1_000_000)


def run() -> None:
    """Run the server until it is stopped."""
    rate_limits.RATE_LIMITS.update(dict.fromkeys(rate_limits.RATE_LIMITS, UNREACHABLE))
    main()


if __name__ == "__main__":
    run()
