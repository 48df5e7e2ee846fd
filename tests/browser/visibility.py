"""Pages that their users do not see, as a tab in the background."""

from tests.browser.browsers import Visitor

SET = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def hide(visitor: Visitor) -> None:
    visitor.page.evaluate(SET, True)


def show(visitor: Visitor) -> None:
    visitor.page.evaluate(SET, False)
