"""Documents under test; these tests run the application in this process."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.app import fresh_app
from tests.support.fixtures import anybody, app, make_person, template

__all__ = ["anybody", "app", "make_person", "template"]


@pytest.fixture(scope="package")
def documents(tmp_path_factory: pytest.TempPathFactory, template: Path) -> dict[str, str]:
    """Return both documents as an application with the default settings sends them."""
    with fresh_app(tmp_path_factory.mktemp("documents"), template) as made:
        client = made.test_client()
        return {name: client.get(f"/{name}.json").text for name in ("openapi", "asyncapi")}


@pytest.fixture
def openapi(documents: dict[str, str]) -> Any:
    """Return the OpenAPI document, which describes the routes."""
    return json.loads(documents["openapi"])


@pytest.fixture
def asyncapi(documents: dict[str, str]) -> Any:
    """Return the AsyncAPI document, which describes the events."""
    return json.loads(documents["asyncapi"])
