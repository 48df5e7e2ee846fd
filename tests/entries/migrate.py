"""Makes an empty database, and starts no server."""

import flask_migrate

from me_api import create_app
from me_api.extensions import db

with create_app().app_context():
    flask_migrate.upgrade()
    db.engine.dispose()
