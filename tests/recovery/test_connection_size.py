"""A connection takes little memory: thousands are open at a time."""

import pytest

from me_api.chat.course.connection import CourseConnection
from me_api.realtime.connection import Connection, StatelessConnection


@pytest.mark.parametrize("kind", [Connection, StatelessConnection, CourseConnection])
def test_a_connection_has_no_dictionary(kind: type[Connection]) -> None:
    """A cached property gave each a dictionary of 768 bytes."""
    assert kind.__dictoffset__ == 0
