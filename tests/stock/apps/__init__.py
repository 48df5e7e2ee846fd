"""Applications of Flask-SocketIO, each run by the stock library and by the engine.

LIBRARY names the module that they import, PORT where they listen, OPTIONS the options of `SocketIO`
in JSON. Nothing else differs.
"""

import importlib
import json
import os
from typing import Any

library: Any = importlib.import_module(os.environ["LIBRARY"])
options: dict[str, Any] = json.loads(os.environ.get("OPTIONS", "{}"))
RUN: dict[str, Any] = {"port": int(os.environ["PORT"]), "allow_unsafe_werkzeug": True}
