"""deploy/prometheus/ and deploy/grafana/: what they name is exported by real servers."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from deploy import programs
from me_api.rate_limits import RATE_LIMITS
from tests.conftest import SERVERS, StartServer
from tests.support.databases import Databases
from tests.support.server import ROOT, LiveServer

FOLDER = ROOT / "deploy" / "prometheus"
ALERTS = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "me-api.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [
    *[alert["expr"] for alert in ALERTS],
    *[target["expr"] for panel in PANELS for target in panel["targets"]],
]
SUFFIXES = {
    "counter": ["_total"],
    "histogram": ["_bucket", "_sum", "_count"],
    "gauge": [""],
}
NAMED = re.compile(r"\b(?:me_api|process)_\w+")
LABELS = re.compile(r"\bby \(([\w, ]+)\)|\{\{(\w+)\}\}")
SCRAPED = {"instance", "le"}
"""Labels that Prometheus adds, or that histograms have."""


def exported(server: LiveServer) -> dict[str, set[str]]:
    """Return the labels of each series that a server has, by its name."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(server.get("/metrics").body.decode()):
        for suffix in SUFFIXES[family.type]:
            found[f"{family.name}{suffix}"] = set()
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


@pytest.fixture(scope="module")
def alone(start_server: StartServer) -> Iterator[LiveServer]:
    made = start_server("alone")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def node(
    start_server: StartServer,
    postgresql_databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    url = postgresql_databases.create(tmp_path_factory.mktemp("metrics"))
    made = start_server("node-a", node="a", database_url=url)
    yield made
    made.stop()
    postgresql_databases.drop(url)


def test_every_metric_that_is_named_is_exported(
    alone: LiveServer, node: LiveServer, request: pytest.FixtureRequest
) -> None:
    request.node.stash.setdefault(SERVERS, []).extend([alone, node])
    everywhere, of_nodes = exported(alone), exported(node)
    assert everywhere.keys() <= of_nodes.keys()
    named = {name for text in EXPRESSIONS for name in NAMED.findall(text)}
    assert len(named) > 30 and not named - of_nodes.keys()
    # Those that only a node has are in a group, and in a row, of their own.
    rows = [panel for panel in DASHBOARD["panels"] if panel["type"] == "row"]
    (last,) = [row["gridPos"]["y"] for row in rows if row["title"] == "Nodes of a cluster"]
    for panel in PANELS:
        text = " ".join(target["expr"] for target in panel["targets"])
        only_nodes = set(NAMED.findall(text)) - everywhere.keys()
        assert not only_nodes or panel["gridPos"]["y"] > last, panel["title"]
    text = (ROOT / "docs" / "operations.md").read_text()
    listed = re.findall(r"^\| `(me_api_\w+)` \|", text, re.M)
    ours = {name for name in of_nodes if name.startswith("me_api_")}
    counted = {
        name for name in ours if not name.endswith(("_bucket", "_count", "_sum", "_created"))
    }
    histograms = {name.removesuffix("_bucket") for name in ours if name.endswith("_bucket")}
    assert len(set(listed)) == len(listed) and set(listed) == counted | histograms


def test_labels_are_those_of_the_metrics(node: LiveServer) -> None:
    known = set().union(*exported(node).values()) | SCRAPED | {"kind", "code"}
    texts = [*EXPRESSIONS, *[t["legendFormat"] for p in PANELS for t in p["targets"]]]
    for text in texts:
        for several, one in LABELS.findall(text):
            assert set((several or one).split(", ")) <= known, text
    for limit in re.findall(r'limit="(\w+)"', " ".join(EXPRESSIONS)):
        assert limit in RATE_LIMITS


def test_every_alert_is_explained() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    named = re.findall(r"^\| `(MeApi\w+)` \|", text, re.M)
    assert named == [alert["alert"] for alert in ALERTS]
    for alert in ALERTS:
        assert alert["labels"]["severity"] in ("page", "ticket")
        assert set(alert["annotations"]) == {"summary", "description"}


def test_panels_have_places_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + dx, place["y"] + dy)
            for dx in range(place["w"])
            for dy in range(place["h"])
        }
        assert not cells & taken and max(x for x, _ in cells) < 24, panel["title"]
        taken |= cells
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "command",
    [
        ["check", "rules", "alerts.yaml"],
        ["check", "config", "prometheus.yaml"],
        ["test", "rules", "alerts.test.yaml"],
    ],
)
def test_promtool_finds_no_fault(command: list[str]) -> None:
    done = subprocess.run(
        [programs.promtool(), *command], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_accepts_the_expressions_of_the_dashboard(tmp_path: Path) -> None:
    rules: list[dict[str, Any]] = []
    for panel in PANELS:
        for target in panel["targets"]:
            text = target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")
            rules.append({"record": f"panel_{panel['id']}_{target['refId']}", "expr": text})
    file = tmp_path / "dashboard.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    done = subprocess.run(
        [programs.promtool(), "check", "rules", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
