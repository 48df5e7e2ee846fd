"""docs/glossary.md against the classes of me_api: one word for one thing."""

import re
from pathlib import Path

from tests.docs.tables import GLOSSARY, ROOT, code, table, unique
from tests.layout.modules import classes

CLASSES = classes(ROOT / "me_api")
TERMS = table(GLOSSARY, "Term")


def test_terms_are_in_the_order_of_the_alphabet() -> None:
    terms = [term for term, _, _ in TERMS]
    unique(terms)
    assert terms == sorted(terms)


def test_a_term_that_names_classes_lists_all_of_them() -> None:
    named = {}
    for term, _, where in TERMS:
        name = "".join(word.title() for word in term.split())
        if name in CLASSES:
            named[term] = set(CLASSES[name])
            assert named[term] <= _files(where), f"{term}: {name} is missing"
    assert {"batch", "session", "write buffer"} <= named.keys()


def test_a_class_name_is_used_once_or_explained() -> None:
    rows = table(GLOSSARY, "Class", "Where")
    unique([row[0] for row in rows])
    assert {code(name): _files(where) for name, where, _ in rows} == {
        name: set(paths) for name, paths in CLASSES.items() if len(paths) > 1
    }


def _files(cell: str) -> set[Path]:
    """Return the files that a cell links."""
    return {(GLOSSARY.parent / target).resolve() for target in re.findall(r"\]\(([^)]*)\)", cell)}
