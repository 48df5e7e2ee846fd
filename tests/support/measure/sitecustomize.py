"""Lets coverage follow the server's native threads; loaded only while tests are measured.

The server makes them with eventlet's own, unpatched copy of `threading`. Coverage has put its
trace function into the first `threading` only, so it is handed on to each copy when that is made.
"""

import sys
import threading
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

TRACE = threading.gettrace()


class TracedLoader(Loader):
    """Loads threading and gives it coverage's trace function."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def exec_module(self, module: ModuleType) -> None:
        """Load as always, then set the trace function."""
        self.loader.exec_module(module)
        module.settrace(TRACE)


class Finder(MetaPathFinder):
    """Finds threading, and nothing else."""

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        """Answer for threading only."""
        if name != "threading":
            return None
        spec = PathFinder.find_spec(name)
        if spec and spec.loader:
            spec.loader = TracedLoader(spec.loader)
        return spec


if TRACE:
    sys.meta_path.insert(0, Finder())
