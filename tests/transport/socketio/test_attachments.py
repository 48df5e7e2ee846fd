"""Packets with attachments, decoded and encoded, in this process."""

import pytest

from me_api.transport.engineio.packets import ProtocolError
from me_api.transport.socketio.encoding import encode_packet
from me_api.transport.socketio.packets import EVENT, decode

PLACE = '{"_placeholder":true,"num":%s}'


def complete(text: str, *attachments: bytes) -> object:
    """Decode a packet and its attachments; return its data."""
    packet = decode(text)
    assert packet.missing == len(attachments)
    packet.attachments = []
    for attachment in attachments:
        packet.attach(attachment)
    return packet.data if packet.readable else "unreadable"


def test_attachments_take_the_places_that_name_them() -> None:
    text = f'52-["x",{PLACE % 1},{{"a":[{PLACE % 0}]}}]'
    assert complete(text, b"0", b"1") == ["x", b"1", {"a": [b"0"]}]


@pytest.mark.parametrize("number", ["1", '"0"', "null", "-2", "[]"])
def test_a_place_that_names_no_attachment_violates_the_protocol(number: str) -> None:
    with pytest.raises(ProtocolError, match="A placeholder names no attachment"):
        complete(f'51-["x",{PLACE % number}]', b"0")


def test_an_attachment_in_too_deep_a_place_makes_the_packet_unreadable() -> None:
    depth = 900
    deep = f'51-["x",{"[" * depth}{PLACE % 0}{"]" * depth}]'
    assert complete(deep, b"0") == "unreadable"


def test_bytes_are_sent_as_attachments_and_what_has_no_form_is_refused() -> None:
    sent = encode_packet(EVENT, "/", ["x", b"0", {"a": b"1"}])
    assert sent.texts == [f'452-["x",{PLACE % 0},{{"a":{PLACE % 1}}}]', "bMA==", "bMQ=="]
    for value in (object(), bytearray(b"1")):
        with pytest.raises(TypeError):
            encode_packet(EVENT, "/", ["x", b"0", value])
