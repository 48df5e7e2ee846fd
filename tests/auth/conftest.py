"""These tests run the application in this process."""

from tests.support.fixtures import anybody, app, limited, make_person, template

__all__ = ["anybody", "app", "limited", "make_person", "template"]
