"""The application for the `flask` command; the server is started by `app.py`."""

import warnings

warnings.filterwarnings("ignore", message=r"\nEventlet is deprecated")

from me_api import create_app

app = create_app()
