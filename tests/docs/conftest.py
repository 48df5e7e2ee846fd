"""Documents are compared with the application in this process; their programs need a server."""

from tests.support.fixtures import app, template

__all__ = ["app", "template"]
