"""A module that is read as another process has instrumented it is measured in the same way."""

import ast
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from slipcover import Slipcover

from tests.support import measurement
from tests.support.instrumented import Loader

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="nothing is inserted into code, and so nothing is kept"
)

SOURCE = '''
SIZES = ("signal", 2)

def choose(number):
    """Choose."""
    if number > 1:
        return "many"
    return "one"

class Holder:
    def each(self, numbers):
        def inner():
            for number in numbers:
                if number:
                    yield choose(number)
        return list(inner())
'''


def execute(path: Path) -> tuple[Slipcover, ModuleType]:
    """Import a module that is measured, by a process of its own as it seems."""
    measured = measurement.make()
    spec = spec_from_file_location("measured", path)
    assert spec is not None
    module = module_from_spec(spec)
    Loader(measured, SourceFileLoader("measured", str(path)), str(path)).exec_module(module)
    return measured, module


def seen(measured: Slipcover) -> Any:
    found = {path: set(reached) for path, reached in measured.newly_seen.items()}
    return found, dict(measured.code_lines), dict(measured.code_branches)


def test_the_same_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "measured.py"
    path.write_text(SOURCE)
    made, module = execute(path)
    with monkeypatch.context() as patch:
        patch.setattr(ast, "parse", None)  # It is read from the file.
        restored, same = execute(path)
    assert seen(restored) == seen(made)
    for each in (module, same):
        assert each.Holder().each([0, 5]) == ["many"] and each.SIZES[1] == 2
    assert seen(restored) == seen(made)
    reached = restored.newly_seen[str(path)]
    assert {7, (6, 7)} <= reached and not {8, (6, 8)} & reached
    assert same.choose(1) == "one" and {8, (6, 8)} <= restored.newly_seen[str(path)]


def test_probes_are_removed_from_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "measured.py"
    path.write_text(SOURCE)
    execute(path)
    restored, module = execute(path)
    module.choose(5)
    restored.deinstrument_seen()
    assert module.choose(5) == "many" and module.choose(1) == "one"
    assert 7 in restored.all_seen[str(path)]
    assert 7 not in restored.newly_seen[str(path)] and 8 in restored.newly_seen[str(path)]


def test_a_changed_file_is_instrumented_again(tmp_path: Path) -> None:
    path = tmp_path / "measured.py"
    path.write_text(SOURCE)
    execute(path)
    path.write_text(SOURCE.replace('"many"', '"more than one"'))
    _, module = execute(path)
    assert module.choose(5) == "more than one"
