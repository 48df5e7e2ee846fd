"""Run the server as `app.py` does, with its limits on but far above what a benchmark sends.

Every post is still checked against its limit, as in production; only the numbers are other ones.
"""

import os
import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from limits import RateLimitItemPerSecond  # noqa: E402

from me_api import limits  # noqa: E402
from me_api.startup import main  # noqa: E402

MOST = int(os.environ.get("BENCHMARK_POSTS_PER_SECOND", "1000000"))

if __name__ == "__main__":
    limits.RULES.update({name: RateLimitItemPerSecond(MOST) for name in limits.RULES})
    main()
