"""What axe finds on a page: what keeps people out who do not see, hear or move as others do."""

import json
from typing import Any

from tests.browser.browsers import Visitor
from tests.support.server import ROOT

AXE = ROOT / "client" / "node_modules" / "axe-core" / "axe.min.js"
OF_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe whose results depend on the colour scheme."""
RUN_AXE = """
async (rules) => {
  // A colour on its way to another one would be judged as it happens to be.
  for (const each of document.getAnimations()) if (each instanceof CSSTransition) each.finish();
  const found = await axe.run({
    resultTypes: ["violations"],
    ...(rules.length && { runOnly: { type: "rule", values: rules } }),
  });
  return JSON.stringify(found.violations);
}
"""
SERIOUS = ("serious", "critical")
SCHEMES = ("light", "dark")


def findings(visitor: Visitor, *rules: str) -> list[Any]:
    """Return the serious violations that axe finds on the page, of all rules or these only."""
    if not visitor.page.evaluate("'axe' in window"):
        visitor.page.evaluate(AXE.read_text())
    violations = visitor.page.evaluate(RUN_AXE, rules)
    return [
        (found["id"], found["impact"], [node["html"][:200] for node in found["nodes"]])
        for found in json.loads(violations)
        if found["impact"] in SERIOUS
    ]


def check(visitor: Visitor) -> None:
    """Check that axe finds nothing, in light and in dark."""
    for scheme in SCHEMES:
        visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        rules = OF_COLOURS if scheme == "dark" else ()
        found = findings(visitor, *rules)
        # Said here: pytest shows what an assertion compared in modules of tests only.
        assert found == [], f"{scheme}: {found}"
