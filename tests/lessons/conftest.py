"""The application in this process: the pages need no server, and the browser is elsewhere."""

from tests.support.fixtures import anybody, app, make_person, template

__all__ = ["anybody", "app", "make_person", "template"]
