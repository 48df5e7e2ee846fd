"""Runs the server with another application in its process, made after its own."""

import os
import tempfile
from pathlib import Path

import app
from me_api import create_app, run

prepare_database = run.prepare_database


def prepare_both():
    """Prepare the database, then make another application with a database of its own."""
    prepare_database()
    folder = Path(tempfile.mkdtemp(dir=Path(os.environ["ME_API_DATABASE_URL"][10:]).parent))
    url = f"sqlite:///{folder}/other.sqlite"
    other = create_app({**os.environ, "ME_API_DATABASE_URL": url}, folder)
    with other.app_context():
        prepare_database()


run.prepare_database = prepare_both
app.main()
