"""Runs the server with a grace period of a fifth of a second."""

import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from me_api.chat.presence import registry  # noqa: E402
from me_api.run import main  # noqa: E402

if __name__ == "__main__":
    registry.GRACE_SECONDS = 0.2
    main()
