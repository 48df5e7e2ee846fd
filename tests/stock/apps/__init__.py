"""Applications of Flask-SocketIO, each run by the stock library and by the engine.

LIBRARY names the module that they import, PORT where they listen, OPTIONS the options of `SocketIO`
in JSON. Nothing else differs. PATCH has eventlet replace the standard library first.
"""

import os

if os.environ.get("PATCH"):
    import eventlet

    eventlet.monkey_patch()

import importlib
import json
from typing import Any

library: Any = importlib.import_module(os.environ["LIBRARY"])
options: dict[str, Any] = json.loads(os.environ.get("OPTIONS", "{}"))
RUN: dict[str, Any] = {"port": int(os.environ["PORT"]), "allow_unsafe_werkzeug": True}
