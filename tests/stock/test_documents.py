"""The programs of docs/testing.md, as they stand there."""

import re

import pytest

from me_api import create_app
from me_api.extensions import db, socketio
from me_api.run import prepare_database
from tests.docs.tables import ROOT

PROGRAMS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "testing.md").read_text(), re.S)
NAMES = {
    "create_app": create_app,
    "db": db,
    "prepare_database": prepare_database,
    "pytest": pytest,
    "socketio": socketio,
}
for program in PROGRAMS:
    exec(program, NAMES)

app, the_chat = NAMES["app"], NAMES["test_the_chat"]


def test_the_test_of_a_chat_has_ten_lines_and_passes(app: object) -> None:
    assert len(PROGRAMS[0].splitlines()) == 10
    the_chat(app)  # type: ignore[operator]
