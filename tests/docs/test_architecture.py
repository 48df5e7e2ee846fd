"""The tree in docs/architecture.md, and the folders of tests in docs/contributing.md."""

import re
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
    """A package may stand for its modules, but if it lists one of them, it lists all."""
    tree = set(read_tree())
    lists_modules = {path.parent for path in tree if path.suffix == ".py"}
    missing = []
    for path in modules(ROOT / "me_api").values():
        covered = path.parent not in lists_modules or path.stem == "__init__"
        if path not in tree and not (covered and path.parent in tree):
            missing.append(path)
    assert missing == []


def test_every_folder_of_tests_is_described() -> None:
    rows = table(CONTRIBUTING, "Folder")
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert unique([code(folder) for folder, _ in rows]) == folders - {"__pycache__"}
