"""Which tests are run by one process, one after another, and which are started first."""

from collections import defaultdict
from collections.abc import Sequence

from pytest import Item

TOGETHER = ("tests/clients", "tests/stock")
"""Folders whose tests share what takes seconds of a processor to start."""

FIRST = ("tests/apidocs/test_schemathesis.py", "tests/stock", "tests/deploy/test_cluster.py")
"""Those that take longest: one that is started late is what everybody waits for."""


def groups(items: Sequence[Item]) -> list[list[int]]:
    """Return the numbers of the tests of each file, or folder, in the order of their start."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        found[scope(item.nodeid)].append(number)
    return [found[name] for name in sorted(found, key=place)]


def scope(nodeid: str) -> str:
    """Return the file of a test, or its folder if the tests of all files there are together."""
    file = nodeid.partition("::")[0]
    folder = file.rpartition("/")[0]
    return folder if folder in TOGETHER else file


def place(name: str) -> int:
    """Return the place of a group: those that are not listed follow in their order."""
    return FIRST.index(name) if name in FIRST else len(FIRST)
