"""What the import contracts in pyproject.toml cannot say of the layout of me_api."""

import re
import sys
from graphlib import CycleError, TopologicalSorter
from operator import attrgetter
from pathlib import Path

import pytest
from grimp import build_graph

import me_api
from tests.layout.modules import ROOT, classes, defines, imports, modules

PACKAGE = ROOT / "me_api"
ROOT_MODULES = {
    "__init__",
    "run",
    "config",
    "extensions",
    "errors",
    "json",
    "concurrency",
    "__main__",
}
WITHOUT_SCREEN = (
    "terminal.server",
    "terminal.sse",
    "terminal.chat.session",
    "terminal.monitor.feed",
    "terminal.monitor.figures",
)


def test_the_root_holds_ten_modules() -> None:
    """Three of the ten are packages; `__main__` is for `python -m`."""
    assert {path.stem for path in PACKAGE.glob("*.py")} == ROOT_MODULES


def test_packages_are_found_by_their_names() -> None:
    """A name that `create_app` imports must not hide a package of the same name."""
    packages = {name for name in sys.modules if re.fullmatch(r"me_api\.\w+", name)}
    assert "me_api.chat" in packages
    hidden = [name for name in packages if attrgetter(name[7:])(me_api) is not sys.modules[name]]
    assert hidden == []


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in modules(PACKAGE).values()}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == set()


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = imports(PACKAGE)
    assert "me_api.eventlog.tail" in graph["me_api.eventlog.eventlog"]
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("library", ["textual", "rich"])
def test_the_network_part_of_the_programs_for_the_terminal_needs_no_screen(library: str) -> None:
    """Not by another module either, which the contract on libraries does not see."""
    graph = build_graph("terminal", include_external_packages=True, cache_dir=None)
    assert graph.find_shortest_chain("terminal.__main__", library), "the screens are found"
    chains = [graph.find_shortest_chain(module, library) for module in WITHOUT_SCREEN]
    assert list(filter(None, chains)) == []


def test_no_import_is_hidden_from_that() -> None:
    """An import below TYPE_CHECKING, or of a computed name, would be a circle in disguise."""
    hidden = ("TYPE_CHECKING", "import_module", "__import__")
    found = {
        name: word
        for name, path in modules(PACKAGE).items()
        for word in hidden
        if word in path.read_text()
    }
    assert found == {}


def test_a_circle_would_be_found(tmp_path: Path) -> None:
    package = tmp_path / "pkg"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "inner" / "__init__.py").touch()
    (package / "a.py").write_text("import os\nfrom pkg.inner import b\n")
    (package / "inner" / "b.py").write_text("def late():\n    from pkg.c import C\n")
    (package / "c.py").write_text("class C: ...\n")
    assert imports(package)["pkg.a"] == {"pkg.inner.b"}
    TopologicalSorter(imports(package)).prepare()
    (package / "c.py").write_text("import pkg.a\nclass C: ...\n")
    with pytest.raises(CycleError):
        TopologicalSorter(imports(package)).prepare()


def test_definitions_are_found(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(
        "X: int = 1\nY = 2\ndef f():\n    def g(): ...\nclass C:\n    def m(self): ...\n"
    )
    assert all(defines(path, name) for name in ("X", "Y", "f", "C", "C.m"))
    assert not any(defines(path, name) for name in ("g", "m", "C.f", "D.m", "x"))
    assert classes(tmp_path) == {"C": [path]}
