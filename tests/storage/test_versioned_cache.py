"""The cache of what was read from the database: bounded, and valid until the next commit."""

import pytest

from me_api.storage.versioned_cache import VersionedCache

VALUE = b"value"


def test_an_entry_is_valid_until_a_commit() -> None:
    version = [1]
    cache: VersionedCache[bytes, bytes] = VersionedCache(lambda: version[0], 10)
    assert cache.get_or_make(b"key", lambda: VALUE) is VALUE
    assert cache.get(b"key") is VALUE
    version[0] = 2
    assert cache.get(b"key") is None
    version[0] = 1
    assert cache.get(b"key") is None, "an entry that was once invalid is deleted"


def test_a_value_is_made_once_per_version() -> None:
    version, made = [1], []
    cache: VersionedCache[str, int] = VersionedCache(lambda: version[0], 10)

    def make() -> int:
        made.append(version[0])
        return version[0]

    assert [cache.get_or_make("key", make) for _ in range(3)] == [1, 1, 1]
    version[0] = 2
    assert [cache.get_or_make("key", make) for _ in range(3)] == [2, 2, 2]
    assert made == [1, 2]


@pytest.mark.parametrize("noticed", [False, True])
def test_a_value_is_not_valid_after_a_commit_while_it_is_made(noticed: bool) -> None:
    version = [1]
    cache: VersionedCache[bytes, bytes] = VersionedCache(lambda: version[0], 10)

    def slow() -> bytes:
        version[0] = 2
        if noticed:
            cache.get_or_make(b"other", lambda: VALUE)
        return VALUE

    assert cache.get_or_make(b"key", slow) is VALUE
    assert cache.get(b"key") is None


def test_none_is_not_cached() -> None:
    made = []
    cache: VersionedCache[bytes, bytes] = VersionedCache(lambda: 1, 10)
    for _ in range(2):
        assert cache.get_or_make(b"key", lambda: made.append(1)) is None
    assert cache.get(b"key") is None
    assert len(made) == 2


def test_nothing_is_cached_while_the_version_is_unknown() -> None:
    cache: VersionedCache[bytes, bytes] = VersionedCache(lambda: None, 10)
    assert cache.get_or_make(b"key", lambda: VALUE) is VALUE
    assert cache.get(b"key") is None


def test_a_miss_does_not_read_the_version() -> None:
    asked: list[int] = []
    cache: VersionedCache[bytes, bytes] = VersionedCache(lambda: asked.append(1) or 1, 10)
    assert cache.get(b"key") is None
    assert not asked


def test_the_least_recently_used_entries_are_evicted() -> None:
    cache: VersionedCache[bytes, bytes] = VersionedCache(
        lambda: 1, 1000, lambda key, value: len(key) + len(value)
    )
    for number in range(20):
        cache.get_or_make(b"%2d" % number, lambda: b"x" * 98)
        assert cache.get(b" 0"), "an entry that is used stays"
    cached = [number for number in range(20) if cache.get(b"%2d" % number)]
    assert cached == [0, *range(11, 20)]


def test_a_use_by_get_or_make_counts_too() -> None:
    cache: VersionedCache[int, int] = VersionedCache(lambda: 1, 3)
    for number in range(10, 20):
        cache.get_or_make(number, lambda n=number: n)
        cache.get_or_make(10, lambda: 10)
    assert [number for number in range(10, 20) if cache.get(number)] == [10, 18, 19]
