"""What a page shows for some seconds only, which a test on a busy machine may look for too late."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

WATCH = """
([selector, text]) => {
  const found = () => [...document.querySelectorAll(selector)].some((e) => e.textContent === text);
  window.passed = false;
  new MutationObserver(() => { window.passed ||= found(); }).observe(document.body, {
    ...{ subtree: true, childList: true, characterData: true, attributes: true },
  });
}
"""


@contextmanager
def passing(page: Page, selector: str, text: str) -> Iterator[None]:
    """Do something, and wait until an element has shown exactly this text; it may be gone again."""
    page.evaluate(WATCH, [selector, text])
    yield
    page.wait_for_function("() => window.passed")
