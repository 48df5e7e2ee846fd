"""The application for the `flask` command; `app.py` starts the server."""

import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

from me_api import create_app

app = create_app()
