"""How soft messages are cut into payloads and put together again."""

from hypothesis import given
from hypothesis import strategies as st

from me_api.cluster.soft_payloads import PAYLOAD_BYTES, VERSION, decode, encode
from tests.cluster.settings import relaxed

letters = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10)
texts = st.builds(lambda text, times: text * times, letters, st.integers(1, 2000))


@relaxed
@given(texts)
def test_a_text_is_cut_within_the_limit_of_postgresql_and_between_characters(text: str) -> None:
    payloads = encode((VERSION, "a"), text)
    assert all(len(payload.encode()) <= PAYLOAD_BYTES for payload in payloads)
    packets = [packet for packet in map(decode, payloads) if packet is not None]
    assert "".join(packet.text for packet in packets) == text
    assert [packet.more for packet in packets] == list(reversed(range(len(payloads))))
    assert {packet.node for packet in packets} == {"a"}


def test_a_payload_of_another_version_is_ignored() -> None:
    assert decode("2 a 0 []") is None
    assert decode("1 a 7") is None
    assert decode("1 a x []") is None
