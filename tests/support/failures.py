"""What is done about failed tests: what their servers printed is shown, what is open is closed."""

from collections.abc import Generator

import pytest

from tests.support.leftovers import close_leftovers
from tests.support.server import LiveServer

SERVERS = pytest.StashKey[list[LiveServer]]()
"""Those of a test."""

RAISED = pytest.StashKey[list[BaseException]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the servers printed below a failed test, and what it had left open."""
    report = yield
    if report.failed:
        for server in item.stash.get(SERVERS, []):
            title = f"{server.folder.name} ({report.when})"
            report.sections.append((title, server.log[-20_000:]))
        if call.excinfo is not None:
            item.stash.setdefault(RAISED, []).append(call.excinfo.value)
    if report.when == "teardown" and (raised := item.stash.get(RAISED, [])):
        # Fixtures may have returned what they do not close.
        vars(item).get("funcargs", {}).clear()
        if left := close_leftovers(raised):
            report.sections.append(("left open (teardown)", "\n".join(left)))
    return report
