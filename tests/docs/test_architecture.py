"""The pictures in docs/architecture.md, and the folders of tests in docs/contributing.md."""

import re
import tomllib
from pathlib import Path

from tests.docs.tables import ARCHITECTURE, CONTRIBUTING, ROOT, code, table, unique
from tests.layout.modules import modules

LINE = re.compile(r"( *)((?:[\w.]+(?:\.py|/) ?)+) +\S.*")
"""Names of files and folders, which may stand side by side, and what they are."""


def read_tree() -> list[Path]:
    """Return the paths that the tree names, in its order."""
    found: list[Path] = []
    folders: list[tuple[int, Path]] = [(-1, ROOT)]
    block = ARCHITECTURE.read_text().partition("## The tree")[2].split("```")[1]
    for line in filter(None, block.splitlines()):
        match = LINE.fullmatch(line)
        assert match, line
        indent = len(match[1])
        while folders[-1][0] >= indent:
            folders.pop()
        found += [folders[-1][1] / name for name in match[2].split()]
        if found[-1].suffix != ".py":
            folders.append((indent, found[-1]))
    return found


def test_the_tree_names_what_exists_and_nothing_twice() -> None:
    paths = read_tree()
    unique([str(path) for path in paths])
    assert [path for path in paths if not path.exists()] == []


def test_the_tree_names_every_package_and_module() -> None:
    """A package may stand for its modules, but if it lists one of them, it lists all.

    But for `setup.py`, which is the same in all.
    """
    tree = set(read_tree())
    lists_modules = {path.parent for path in tree if path.suffix == ".py"}
    missing = []
    for path in modules(ROOT / "me_api").values():
        covered = path.parent not in lists_modules or path.stem in ("__init__", "setup")
        if path not in tree and not (covered and path.parent in tree):
            missing.append(path)
    assert missing == []


def contract(*, container: str) -> list[set[str]]:
    """Return the layers of `container`, by the contract of import-linter."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (layers,) = [
        found["layers"]
        for found in settings["contracts"]
        if found["type"] == "layers" and found.get("containers", [""]) == [container]
    ]
    return [{name.strip().removeprefix("me_api.") for name in layer.split("|")} for layer in layers]


def test_the_layers_are_drawn_as_the_contracts_have_them() -> None:
    block = ARCHITECTURE.read_text().partition("## The layers")[2].split("```")[1]
    packages, _, transport = block.partition("transport:")
    # What a layer is stands far to the right of its packages.
    drawn = [re.split(" {4,}", line)[0].split() for line in packages.splitlines() if line]
    assert [unique(layer) for layer in drawn] == contract(container="")
    inside = [layer.split(",") for layer in transport.split("→")]
    stripped = [unique([name.strip() for name in layer]) for layer in inside]
    assert stripped == contract(container="me_api.transport")


def test_every_folder_of_tests_is_described() -> None:
    rows = table(CONTRIBUTING, "Folder")
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert unique([code(folder) for folder, _ in rows]) == folders - {"__pycache__"}
