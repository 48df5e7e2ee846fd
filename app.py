"""Run the server."""

import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from me_api.startup import main  # noqa: E402

if __name__ == "__main__":
    main()
