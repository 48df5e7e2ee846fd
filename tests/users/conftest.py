"""These tests run the application in this process, and SMTP servers."""

from pathlib import Path

import pytest

from tests.support.fixtures import anybody, app, limited, make_person, template
from tests.support.tls_site import make_certificate
from tests.support.wait import free_port

__all__ = ["anybody", "app", "limited", "make_person", "template"]


@pytest.fixture(scope="module")
def port() -> int:
    """Return the port of SMTP servers."""
    return free_port()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1; return its file, and that of its key."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))
