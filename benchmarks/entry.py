"""Run the server as `app.py` does, with its limits on but far above what a benchmark sends.

Every post is still checked against its limit, as in production; only the numbers are other ones.
"""

import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from me_api import rate_limits  # noqa: E402
from me_api.run import main  # noqa: E402

MOST = rate_limits.RateLimit(per_second=1_000_000, burst=1_000_000)

if __name__ == "__main__":
    rate_limits.RATE_LIMITS.update(dict.fromkeys(rate_limits.RATE_LIMITS, MOST))
    main()
