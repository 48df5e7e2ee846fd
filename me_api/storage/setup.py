"""Adds the database to an application, with the commands of Flask-Migrate."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click
from flask import Flask

from me_api.config import ConfigError, Settings
from me_api.extensions import db, migrate
from me_api.storage import engines
from me_api.storage.commands import explain_failures
from me_api.storage.mark import path_of
from me_api.transport import install_database_wait


def init_app(app: Flask, migrations: Path) -> None:
    """Open the database for reading; raise `ConfigError` if its folder is missing."""
    settings: Settings = app.config["SETTINGS"]
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engines.reader_options(
            settings.database_url, app.extensions["loop"]
        ),
    )
    Path(app.instance_path).mkdir(mode=0o700, parents=True, exist_ok=True)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(migrations))
    explain_failures(cast(click.Group, app.cli.commands["db"]))
    with app.app_context():
        path = path_of(db.engine.url)
        if path is not None and not (folder := Path(path).parent).is_dir():
            raise ConfigError(f"ME_API_DATABASE_URL: there is no folder {folder}.")
        engines.make_read_only(db.engine)
        if db.engine.dialect.name == "postgresql":
            # Before the first connection is opened.
            install_database_wait(db.engine.dialect.loaded_dbapi.waiting)
