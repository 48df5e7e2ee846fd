"""The application for the `flask` command; the server is started by `app.py`."""

from me_api import create_app

app = create_app()
