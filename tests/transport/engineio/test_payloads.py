"""The packets in the body of a POST, in this process."""

import tracemalloc
from io import BytesIO

import pytest

from me_api.transport.engineio.packets import ProtocolError
from me_api.transport.engineio.polling import SEPARATOR, read_packets

MAX = 1_000_000


def packets(body: bytes) -> list[str | bytes]:
    environ = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}
    return list(read_packets(environ, MAX))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("3", ["3"]),
        (f"3{SEPARATOR}4a", ["3", "4a"]),
        (f"bAQI={SEPARATOR}4å", [b"\x01\x02", "4å"]),
        ("", [""]),
        (f"{SEPARATOR}3{SEPARATOR}", ["", "3", ""]),
    ],
)
def test_packets_are_separated(body: str, expected: list[str | bytes]) -> None:
    assert packets(body.encode()) == expected


@pytest.mark.parametrize("body", [b"\xff", b"3\x1eb!", b"3\x1ebA"])
def test_what_is_neither_text_nor_base64_is_a_violation(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        packets(body)


def test_very_many_packets_take_no_more_memory_than_their_payload() -> None:
    """F24: what is counted of a payload is its bytes."""
    body = b"3" + b"\x1e3" * (MAX // 2 - 1)
    environ = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}
    tracemalloc.start()
    count = sum(1 for _ in read_packets(environ, MAX))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == MAX // 2
    assert peak < 4 * MAX
