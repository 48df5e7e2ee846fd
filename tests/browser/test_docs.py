"""The page /docs, whose policy is that of the me-page."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit


def test_the_routes_are_shown_and_tried_under_the_policy(visit: Visit) -> None:
    """F49: nothing that the page needs is refused by its policy.

    `tests/rest/test_headers.py` reads the policy at its other addresses.
    """
    page = visit("docs").page
    route = page.locator(".opblock").filter(has_text="/healthz")
    route.click()
    route.get_by_role("button", name="Try it out").click()
    route.get_by_role("button", name="Execute", exact=True).click()
    status = route.locator(".live-responses-table tbody .response-col_status")
    expect(status).to_have_text("200")


def test_no_script_but_its_own_runs_in_it(visit: Visit) -> None:
    visitor = visit("docs/index.html", expects=("Content Security Policy",))
    ran = visitor.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            return window.ran === true;
        }"""
    )
    visitor.page.evaluate("window.faults = []")
    assert ran is False
