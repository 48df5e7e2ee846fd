"""F33: the key that signs tokens is on disk whole, or not at all."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from me_api import config
from me_api.config import ConfigError


def secret(instance: Path) -> str:
    """Return the key that a start with this instance folder uses."""
    return config.load({}, instance).jwt_secret


def test_it_is_created_once_readable_by_its_owner_only(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    created = secret(instance)
    assert len(created) >= 64
    assert secret(instance) == created
    assert [path.name for path in instance.iterdir()] == ["jwt_secret"]
    assert stat.S_IMODE((instance / "jwt_secret").stat().st_mode) == 0o600


@pytest.mark.parametrize("step", ["os.fsync", "os.link", "secrets.token_urlsafe"])
def test_f33_a_start_that_is_killed_while_it_creates_the_key_leaves_no_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"me_api.config.{step}", killed)
        with pytest.raises(KeyboardInterrupt):
            secret(tmp_path)
    assert len(secret(tmp_path)) >= 64


def test_f33_of_two_first_starts_at_once_both_use_the_same_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, others = os.link, []

    def overtaken(*names: Any) -> None:
        monkeypatch.undo()
        others.append(secret(tmp_path))
        link(*names)

    monkeypatch.setattr("me_api.config.os.link", overtaken)
    assert [secret(tmp_path)] == others


@pytest.mark.parametrize("content", [b"", b"\n", b"x" * 31, b"\xff" * 10, "ä".encode() * 10])
def test_f33_a_key_that_was_cut_short_is_refused_with_what_to_do(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "jwt_secret").write_bytes(content)
    with pytest.raises(ConfigError, match=r"jwt_secret has \d+ characters.*delete the file") as one:
        secret(tmp_path)
    assert "\n" not in str(one.value)
    (tmp_path / "jwt_secret").unlink()
    assert secret(tmp_path)


def test_a_key_with_a_line_feed_is_used_without(tmp_path: Path) -> None:
    (tmp_path / "jwt_secret").write_text("s" * 40 + "\n")
    assert secret(tmp_path) == "s" * 40
