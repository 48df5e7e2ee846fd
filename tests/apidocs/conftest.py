"""Documents under test; these tests run the application in this process."""

from typing import Any

import pytest
from flask import Flask

from tests.support.fixtures import anybody, app, make_person, template

__all__ = ["anybody", "app", "make_person", "template"]


@pytest.fixture
def openapi(app: Flask) -> Any:
    """Return the OpenAPI document, which describes the routes."""
    return app.test_client().get("/openapi.json").get_json()


@pytest.fixture
def asyncapi(app: Flask) -> Any:
    """Return the AsyncAPI document, which describes the events."""
    return app.test_client().get("/asyncapi.json").get_json()
