"""What nodes send through Redis: only nodes with the same secret can make it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from me_api.cluster.authentication import MessageAuthenticator, Received
from tests.cluster.settings import relaxed

SECRET = "s" * 32


@relaxed
@given(st.binary(), st.text("ab/-", min_size=1))
def test_another_process_verifies_what_was_signed(body: bytes, process: str) -> None:
    payload = MessageAuthenticator(SECRET, f"{process}1").sign("ring", body)
    assert MessageAuthenticator(SECRET, f"{process}2").verify("ring", payload) == Received(
        f"{process}1", body
    )


def test_a_process_ignores_its_own() -> None:
    own = MessageAuthenticator(SECRET, "a/1")
    assert own.verify("ring", own.sign("ring", b"body")) is None


@relaxed
@given(st.data())
def test_what_was_changed_anywhere_is_ignored(data: st.DataObject) -> None:
    payload = bytearray(MessageAuthenticator(SECRET, "a/1").sign("ring", b"body"))
    place = data.draw(st.integers(0, len(payload) - 1))
    payload[place] ^= data.draw(st.integers(1, 255))
    assert MessageAuthenticator(SECRET, "b/1").verify("ring", bytes(payload)) is None


@pytest.mark.parametrize(
    ("secret", "channel"), [("t" * 32, "ring"), (SECRET, "soft"), (SECRET, "rin")]
)
def test_another_secret_or_channel_does_not_fit(secret: str, channel: str) -> None:
    payload = MessageAuthenticator(SECRET, "a/1").sign("ring", b"g body")
    assert MessageAuthenticator(secret, "b/1").verify(channel, payload) is None


@relaxed
@given(st.binary(max_size=40))
def test_what_no_node_has_sent_is_ignored(payload: bytes) -> None:
    assert MessageAuthenticator(SECRET, "b/1").verify("ring", payload) is None
