"""Client addresses: which of them count as one, and what each of them may hold (F21, F28)."""

import random

import pytest

from me_api.transport.connection.addresses import AddressCounter, AddressSlots, network

NETWORKS = {
    "192.0.2.1": "192.0.2.1",
    "192.0.2.1:56789": "192.0.2.1",
    " 192.0.2.1 ": "192.0.2.1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "::FFFF:c000:201": "192.0.2.1",
    "[::ffff:192.0.2.1]:443": "192.0.2.1",
    "64:ff9b::c000:201": "192.0.2.1",
    "2001:db8:1:2::1": "2001:db8:1:2::/64",
    "2001:db8:1:2:ffff:ffff:ffff:ffff": "2001:db8:1:2::/64",
    "2001:0DB8:0001:0002::7": "2001:db8:1:2::/64",
    "[2001:db8:1:2::1]": "2001:db8:1:2::/64",
    "[2001:db8:1:2::1]:443": "2001:db8:1:2::/64",
    "2001:db8:1:3::1": "2001:db8:1:3::/64",
    "fe80::1%eth0": "fe80::/64",
    "::1": "::/64",
    "unknown": "unknown",
    "_hidden:80": "_hidden:80",
    "192.0.2": "192.0.2",
    "": "",
    "x" * 1000: "x" * 64,
}


@pytest.mark.parametrize("address", NETWORKS)
def test_what_counts_as_one_address(address: str) -> None:
    assert network(address) == NETWORKS[address]


def test_a_missing_address_is_an_empty_network() -> None:
    """Flask has none for a request that came over no network."""
    assert network(None) == ""


def test_a_counter_refuses_over_the_limit_of_an_address() -> None:
    counter = AddressCounter(2)
    assert counter.acquire("2001:db8::1")
    assert counter.acquire("2001:db8::2")
    assert not counter.acquire("2001:db8::3"), "a /64 is one address"
    assert counter.acquire("192.0.2.1"), "others have a count of their own"
    counter.release("2001:db8::3")
    assert counter.acquire("2001:db8::1")
    assert not counter.acquire("2001:db8::1")


def test_a_refusal_is_not_counted() -> None:
    counter = AddressCounter(1)
    assert counter.acquire("192.0.2.1")
    for _ in range(10):
        assert not counter.acquire("192.0.2.1")
    counter.release("192.0.2.1")
    assert counter.acquire("192.0.2.1")


def test_a_counter_forgets_addresses_that_hold_nothing() -> None:
    counter = AddressCounter(10)
    for number in range(100):
        assert counter.acquire(f"192.0.2.{number}")
        counter.release(f"192.0.2.{number}")
    assert counter._held == {}


def test_the_next_connection_gets_the_number_of_a_closed_one() -> None:
    """F22: a limit by number is not reset by reconnecting."""
    slots = AddressSlots()
    for _ in range(40):
        number = slots.acquire("192.0.2.1")
        assert number == 0
        slots.release("192.0.2.1", number)
    assert [slots.acquire("192.0.2.1") for _ in range(3)] == [0, 1, 2]
    slots.release("192.0.2.1", 1)
    assert slots.count("192.0.2.1") == 2
    assert [slots.acquire("192.0.2.1") for _ in range(2)] == [1, 3]
    assert slots.acquire("192.0.2.2") == 0


def test_numbers_of_open_connections_differ_and_stay_low() -> None:
    slots, chance = AddressSlots(), random.Random(22)
    held: set[int] = set()
    for _ in range(5000):
        if held and chance.random() < 0.5:
            number = chance.choice(sorted(held))
            held.remove(number)
            slots.release("a", number)
        else:
            number = slots.acquire("a")
            assert number not in held and number == min(set(range(len(held) + 1)) - held)
            held.add(number)
        assert slots.count("a") == len(held)
    for number in held:
        slots.release("a", number)
    assert slots._slots == {}, "nothing is left of an address without connections"
