"""The name of a node that was given none."""

from typing import Any

import pytest

from me_api.cluster.node_name import LENGTH, default_name
from tests.cluster.manual_loop import ManualLoop


@pytest.fixture
def loop() -> ManualLoop:
    return ManualLoop()


def test_the_name_of_a_node_is_that_of_its_folder_and_port(tmp_path: Any) -> None:
    assert default_name(tmp_path, 1) == default_name(tmp_path, 1) != default_name(tmp_path, 2)
    assert default_name(tmp_path, 0) != default_name(tmp_path, 0)
    assert len(default_name(tmp_path, 0)) == len(default_name(tmp_path, 1)) == LENGTH
