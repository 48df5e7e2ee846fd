"""Dockerfile and compose.yaml, as far as no Docker is needed: `make dockerfile` does the rest."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.dockerfile import instructions
from deploy.nginx import ADDRESSES, CONFIGURATION
from me_api.config import load
from tests.support.server import ROOT

DOCKERFILE = ROOT / "Dockerfile"
SECRETS = {"ME_API_JWT_SECRET": "s" * 32, "POSTGRES_PASSWORD": "password"}


@pytest.fixture(scope="module")
def services() -> Any:
    """Return the services of compose.yaml, with its secrets filled in."""
    text = (ROOT / "compose.yaml").read_text()
    for name, value in SECRETS.items():
        text = text.replace(f"${{{name}:?see compose.yaml}}", value)
    assert "${" not in text
    return yaml.safe_load(text)["services"]


def test_a_linter_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_server_is_not_root_and_tells_its_health() -> None:
    last = [name for name, _ in instructions(DOCKERFILE)]
    last = last[len(last) - last[::-1].index("FROM") :]
    assert {"USER", "HEALTHCHECK", "STOPSIGNAL", "CMD"} <= set(last)
    (user,) = [rest for name, rest in instructions(DOCKERFILE) if name == "USER"]
    assert user == "10001:10001"


def test_what_is_copied_exists_and_is_sent_to_docker() -> None:
    sent = (ROOT / ".dockerignore").read_text().split()
    for name, rest in instructions(DOCKERFILE):
        if name == "COPY" and not rest.startswith("--from="):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists()
                assert {f"!{source}", f"!{source.partition('/')[0]}"} & set(sent)


def test_the_settings_of_the_nodes_are_valid(services: Any, tmp_path: Path) -> None:
    for name in ADDRESSES:
        settings = load(services[name]["environment"], tmp_path)
        assert (settings.node, settings.trusted_proxies) == (name, 1)
        assert settings.database_url == "postgresql+psycopg://me_api:password@10.77.0.20/me_api"
        assert services["postgresql"]["networks"]["me-api"]["ipv4_address"] == "10.77.0.20"
        assert settings.redis_url == "redis://10.77.0.21"
        assert services["redis"]["networks"]["me-api"]["ipv4_address"] == "10.77.0.21"


def test_nginx_finds_the_nodes_where_they_are(services: Any) -> None:
    for name, address in ADDRESSES.items():
        assert f"server {address}" in CONFIGURATION.read_text()
        assert f"{services[name]['networks']['me-api']['ipv4_address']}:1337" == address
    (volume,) = services["nginx"]["volumes"]
    assert (ROOT / volume.split(":")[0]) == CONFIGURATION


def test_the_database_is_migrated_before_a_node_starts(services: Any) -> None:
    for name in ADDRESSES:
        assert services[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"}
        }
    assert services["migrate"]["command"][-2:] == ["db", "upgrade"]
    assert services["migrate"]["depends_on"] == {"postgresql": {"condition": "service_healthy"}}
