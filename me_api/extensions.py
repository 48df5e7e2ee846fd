"""Flask extensions, and proxies for what the current app carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import current_app
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase
from werkzeug.local import LocalProxy

from me_api.concurrency import Loop, ThreadPools
from me_api.config import Settings
from me_api.transport import SocketIO

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(DeclarativeBase):
    """Base class of all tables; constraints are named, so that migrations can change them."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Model)
migrate = Migrate()
socketio = SocketIO()

_get_app = current_app._get_current_object  # type: ignore[attr-defined]
_getter_of = LocalProxy.__dict__["_get_current_object"].__get__


class AppProxy(LocalProxy[Any]):
    """A proxy for something that the current app carries."""

    # LocalProxy has `__getattr__`, which is called when the usual search has failed. That takes
    # more than twice as long, several times for each message.
    def __init__(self, get: Callable[[], Any]) -> None:
        super().__init__(get)
        object.__setattr__(self, "_get_current_object", get)

    def __getattribute__(self, name: str) -> Any:
        """Return an attribute of what the proxy stands for."""
        # What LocalProxy has of its own begins with an underscore, and also works without an app.
        if name[0] == "_":
            return super().__getattribute__(name)
        return getattr(_getter_of(self)(), name)


settings = cast(Settings, AppProxy(lambda: _get_app().config["SETTINGS"]))


def app_extension(name: str) -> Any:
    """Return a proxy for `current_app.extensions[name]`, which the `setup` of a package sets."""
    return AppProxy(lambda: _get_app().extensions[name])


loop: Loop = app_extension("loop")
pools: ThreadPools = app_extension("pools")
