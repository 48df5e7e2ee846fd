"""Links of the documents: each leads to a file, a heading, or a definition."""

import re
from pathlib import Path

import pytest

from tests.docs.tables import CHANGELOG, DOCS, PAGES, ROOT, links
from tests.layout.modules import defines

# The course links programs, not modules.
NOT_TO_CODE = [DOCS / "decisions", DOCS / "kurs"]
TO_CODE = [page for page in PAGES if page != CHANGELOG and page.parent not in NOT_TO_CODE]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for _, target, anchor in links(page):
        path = (page.parent / target) if target else page
        assert path.exists(), target
        assert not anchor or anchor in _anchors(path), f"{target}#{anchor}"


def _anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", TO_CODE, ids=lambda page: page.name)
def test_links_to_code_name_what_the_file_defines(page: Path) -> None:
    """The text is a definition of the module, such as `Tail.deliver`, or the file's name."""
    for text, target, _ in links(page):
        if target.endswith(".py"):
            name = text.strip("`")
            assert text == f"`{name}`", f"{text} is not in backticks"
            path = page.parent / target
            assert path.name == name or defines(path, name), f"{target} does not define {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_in_the_text_exist(page: Path) -> None:
    pattern = r"`((?:me_api|docs|migrations|client|tests|benchmarks|instance)/[\w/.-]*)`"
    for path in re.findall(pattern, page.read_text()):
        assert path.startswith("instance/") or (ROOT / path).exists(), path


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page not in seen:
            seen.add(page)
            targets = [(page.parent / target).resolve() for _, target, _ in links(page) if target]
            ahead += [target for target in targets if target.suffix == ".md"]
    assert set(DOCS.rglob("*.md")) <= seen


def test_decisions_are_numbered_without_holes() -> None:
    pages = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    for number, page in enumerate(pages, start=1):
        assert page.name.startswith(f"{number:04}-")
        assert page.read_text().startswith(f"# {number}. ")
