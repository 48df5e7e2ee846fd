"""Docstrings say more than the name, and begin with the verbs of docs/contributing.md."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.layout.modules import ROOT

FOLDERS = ("me_api", "benchmarks", "deploy", "tests", "migrations", "terminal")
FEWEST_WORDS = 5
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
MARKS = ("RFC ",)
"""How a short docstring may begin: it names the section that a test is about."""
DIALECT = {
    *("give", "gives", "tell", "tells", "let", "lets", "have", "has", "hear", "hears"),
    "whoever",
}
"""First words that hide the verb everybody uses: return, send, allow, make, receive."""


def docstrings(folder: Path) -> Iterator[tuple[str, str]]:
    """Return where each module, class and function of a folder is documented, and the text."""
    for path in sorted(folder.rglob("*.py")):
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(), str(path))):
            if not isinstance(node, DOCUMENTED):
                continue
            if (text := ast.get_docstring(node)) is not None:
                yield f"{path.relative_to(folder.parent)}:{node.body[0].lineno}", text


def repeats_the_name(text: str) -> bool:
    """Return whether a docstring is too short to say more than the name."""
    return len(text.split()) < FEWEST_WORDS and not text.startswith(MARKS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_docstring_says_more_than_the_name(folder: str) -> None:
    found = list(docstrings(ROOT / folder))
    assert found
    assert [(place, text) for place, text in found if repeats_the_name(text)] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_docstring_begins_with_a_verb_that_everybody_uses(folder: str) -> None:
    first = [(place, text.split()[0].lower()) for place, text in docstrings(ROOT / folder)]
    assert [(place, word) for place, word in first if word in DIALECT] == []


def test_short_and_quaint_docstrings_are_found(tmp_path: Path) -> None:
    package = tmp_path / "pkg"
    package.mkdir()
    source = '"""Let it be."""\nclass C:\n    """Is C."""\n    def f(self):\n        """RFC 1."""\n'
    (package / "a.py").write_text(source)
    found = list(docstrings(package))
    assert [place for place, _ in found] == ["pkg/a.py:1", "pkg/a.py:3", "pkg/a.py:5"]
    assert [repeats_the_name(text) for _, text in found] == [True, True, False]
    assert found[0][1].split()[0].lower() in DIALECT
