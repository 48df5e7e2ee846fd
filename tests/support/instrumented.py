"""Modules that are instrumented once: later processes read what slipcover has made from a file.

To instrument all modules of the application takes a process four seconds. Before Python 3.12 the
code that is made holds a probe, a C object, for each line and branch: in the file its label is in
its place. Python's own files of compiled modules are beside it, in `__pycache__`.
"""

import ast
import marshal
import os
import secrets
from contextlib import suppress
from importlib.machinery import ModuleSpec
from importlib.util import cache_from_source
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from slipcover import Slipcover
from slipcover import slipcover as implementation
from slipcover.branch import preinstrument
from slipcover.importer import SlipcoverLoader, SlipcoverMetaPathFinder
from slipcover.version import __version__

KIND = "slipcover" + "".join(filter(str.isalnum, __version__))
SIGNAL = "signal"
"""The label of the function that is called with a probe; those of probes are no texts."""


class Finder(SlipcoverMetaPathFinder):  # type: ignore[misc]
    """Finds the modules that are measured."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        spec: ModuleSpec | None = super().find_spec(fullname, path, target)
        if spec and isinstance(loader := spec.loader, SlipcoverLoader):
            spec.loader = Loader(self.sci, loader.orig_loader, loader.origin)
        return spec


class Loader(SlipcoverLoader):  # type: ignore[misc]
    """Executes a module that is instrumented, now or by another process before."""

    def exec_module(self, module: ModuleType) -> None:
        made = Path(cache_from_source(str(self.origin), optimization=KIND))
        status = self.origin.stat()
        # What the code depends on: its file may have been changed, or moved.
        key = (str(self.origin), status.st_mtime_ns, status.st_size)
        if (found := read(made)) and found[0] == key:
            code = self._restore(*found[1:])
        else:
            code = self._instrument(made, key)
        self.sci.register_module(module)
        exec(code, module.__dict__)

    def _instrument(self, made: Path, key: Any) -> CodeType:
        name = str(self.origin)
        tree = preinstrument(ast.parse(self.origin.read_bytes()))
        with Recorder() as labels:
            code: CodeType = self.sci.instrument(compile(tree, name, "exec"))
        # Before it is executed: probes are removed then.
        packed = pack(code, self.sci, labels)
        write(made, (key, packed, self.sci.code_lines[name], self.sci.code_branches[name]))
        return code

    def _restore(self, packed: Any, lines: set[int], branches: set[Any]) -> CodeType:
        code = unpack(packed, self.sci)
        self.sci.code_lines[code.co_filename] |= lines
        self.sci.code_branches[code.co_filename] |= branches
        self.sci.instrumented[code.co_filename].add(code)
        return code


class Recorder:
    """Remembers the label of each probe that is made: a probe itself does not say it."""

    def __enter__(self) -> dict[int, Any]:
        self._probe = implementation.probe
        self._labels: dict[int, Any] = {}
        implementation.probe = self
        return self._labels

    def __exit__(self, *_: object) -> None:
        implementation.probe = self._probe

    def new(self, sci: Slipcover, path: str, label: Any, threshold: int) -> object:
        made = self._probe.new(sci, path, label, threshold)
        self._labels[id(made)] = label
        return made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._probe, name)


def pack(code: CodeType, sci: Slipcover, labels: dict[int, Any]) -> Any:
    """Return what a file can hold of the code of a module or function, and of those in it."""
    inner, probes, constants = {}, {}, list(code.co_consts)
    for place, constant in enumerate(constants):
        if isinstance(constant, CodeType):
            inner[place] = pack(constant, sci, labels)
        elif id(constant) in labels:
            probes[place] = labels[id(constant)]
        elif constant is implementation.probe.signal:
            probes[place] = SIGNAL
    for place in (*inner, *probes):
        constants[place] = None
    return code.replace(co_consts=tuple(constants)), sci.code2index[code], inner, probes


def unpack(packed: Any, sci: Slipcover) -> CodeType:
    """Return the code that was packed, with probes of this process."""
    code, index, inner, probes = packed
    probe, path, constants = implementation.probe, code.co_filename, list(code.co_consts)
    for place, part in inner.items():
        constants[place] = unpack(part, sci)
    for place, label in probes.items():
        if label == SIGNAL:
            constants[place] = probe.signal
        else:
            constants[place] = probe.new(sci, path, label, sci.d_miss_threshold)
    made: CodeType = code.replace(co_consts=tuple(constants))
    sci.code2index[made] = index
    return made


def read(path: Path) -> Any:
    """Return what was written, or None if nothing was."""
    with suppress(FileNotFoundError):
        return marshal.loads(path.read_bytes())
    return None


def write(path: Path, made: Any) -> None:
    """Write a file at once, since other processes may read or write it."""
    path.parent.mkdir(exist_ok=True)
    written = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    written.write_bytes(marshal.dumps(made))
    os.replace(written, path)
