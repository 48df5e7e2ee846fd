"""The documents, their tables as lists of cells, and their links."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
CHANGELOG = ROOT / "CHANGELOG.md"
DOCS = ROOT / "docs"
PROTOCOL = DOCS / "protocol.md"
CONFIGURATION = DOCS / "configuration.md"
SECURITY = DOCS / "security.md"
ARCHITECTURE = DOCS / "architecture.md"
CONTRIBUTING = DOCS / "contributing.md"
GLOSSARY = DOCS / "glossary.md"
RESULTS = ROOT / "benchmarks" / "results" / "README.md"
PAGES = [README, CHANGELOG, *sorted(DOCS.rglob("*.md"))]


def table(path: Path, *header: str) -> list[list[str]]:
    """Return the rows of the one table whose header begins with these cells."""
    found = [rows for rows in _tables(path) if tuple(rows[0][: len(header)]) == header]
    assert len(found) == 1, f"{path.name} has {len(found)} tables that begin with {header}"
    return found[0][2:]


def code(cell: str) -> str:
    """Return the first thing in backticks."""
    match = re.search(r"`([^`]*)`", cell)
    assert match, f"nothing in backticks: {cell}"
    return match[1]


def links(path: Path) -> list[tuple[str, str, str]]:
    """Return the links of a page: text, target without its anchor, anchor."""
    found = re.findall(r"\[([^]]*)\]\(([^)#\s]*)(?:#([^)\s]*))?\)", path.read_text())
    return [(text, target, anchor) for text, target, anchor in found if "://" not in target]


def fields(signature: str) -> set[str]:
    """Return the fields of `{room, since?}`, each with its question mark."""
    match = re.fullmatch(r"\{(.*)\}", signature)
    assert match, signature
    return {field.strip() for field in match[1].split(",")}


def unique(cells: list[str]) -> set[str]:
    """Return them as a set; fail on one that stands twice."""
    assert len(set(cells)) == len(cells), cells
    return set(cells)


def _tables(path: Path) -> list[list[list[str]]]:
    tables: list[list[list[str]]] = []
    inside = False
    for line in path.read_text().splitlines():
        if line.startswith("|"):
            if not inside:
                tables.append([])
            tables[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        inside = line.startswith("|")
    return tables
