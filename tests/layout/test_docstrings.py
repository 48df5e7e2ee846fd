"""Docstrings, also those of TypeScript, say more than the name and begin with common verbs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.layout.modules import ROOT

FOLDERS = (
    *("me_api", "benchmarks", "deploy", "tests", "migrations", "terminal"),
    *("client/src", "client/tests"),
)
SCRIPTS = (".ts", ".tsx", ".js", ".mjs")
NOT_OURS = {"node_modules", "static"}
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
    """Return where something in a folder is documented, in Python or TypeScript, and the text."""
    for path in sorted(folder.rglob("*")):
        if NOT_OURS.isdisjoint(path.relative_to(folder).parts):
            if path.suffix == ".py":
                yield from in_python(path, folder)
            elif path.suffix in SCRIPTS:
                yield from in_script(path, folder)


def in_python(path: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Return the docstrings of modules, classes and functions."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node)) is not None:
            yield f"{path.relative_to(folder.parent)}:{node.body[0].lineno}", text


def in_script(path: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Return the comments of JSDoc and TSDoc, without the asterisks before their lines."""
    text = path.read_text()
    for comment in re.finditer(r"/\*\*(.*?)\*/", text, re.S):
        line = text.count("\n", 0, comment.start()) + 1
        words = re.sub(r"^\s*\*", "", comment[1], flags=re.M).split()
        yield f"{path.relative_to(folder.parent)}:{line}", " ".join(words)


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
    (package / "b.ts").write_text("/**\n * Tell who\n * somebody is now. */\n/** Whoever is. */\n")
    (package / "node_modules").mkdir()
    (package / "node_modules" / "c.js").write_text("/** Is. */")
    found = list(docstrings(package))
    places = ["pkg/a.py:1", "pkg/a.py:3", "pkg/a.py:5", "pkg/b.ts:1", "pkg/b.ts:4"]
    assert [place for place, _ in found] == places
    assert [repeats_the_name(text) for _, text in found] == [True, True, False, False, True]
    first = [text.split()[0].lower() in DIALECT for _, text in found]
    assert first == [True, False, False, True, True]
