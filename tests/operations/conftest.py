"""These tests run the application in this process."""

from tests.support.fixtures import anybody, app, make_person, template

__all__ = ["anybody", "app", "make_person", "template"]
