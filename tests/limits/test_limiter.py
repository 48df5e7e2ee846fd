"""The rate limiter, with a clock of its own: senders and addresses, and its memory."""

import random
from collections.abc import Callable

import pytest

from me_api.auth.rate_keys import connection_keys
from me_api.errors import TooManyRequests
from me_api.rate_limits import RATE_LIMITS, RateKeys, RateLimit, RateLimiter, read_rates
from me_api.rate_limits.limiter import MAX_BUCKETS, MAX_PAUSE, SWEEP

ADDRESS = "192.0.2.1"
SCHOOL = 300
POSTS, ALL_POSTS = RATE_LIMITS["post"], RATE_LIMITS["address_post"]


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("me_api.rate_limits.limiter.monotonic", made)
    return made


@pytest.fixture
def refused() -> list[str]:
    return []


@pytest.fixture
def limiter(clock: Clock, refused: list[str]) -> RateLimiter:
    return RateLimiter(True, on_refused=refused.append)


def passes(check: Callable[[], None]) -> bool:
    try:
        check()
    except TooManyRequests:
        return False
    return True


def guest(number: int, address: str = ADDRESS) -> RateKeys:
    return RateKeys(f"guest:{number}", address)


def posted(limiter: RateLimiter, keys: RateKeys, count: int) -> int:
    """Return how many of so many posts are accepted."""
    return sum(passes(lambda: limiter.check("post", keys)) for _ in range(count))


def test_a_sender_has_a_burst_and_a_rate(clock: Clock, limiter: RateLimiter) -> None:
    assert posted(limiter, guest(1), 100) == POSTS.burst
    clock.now += 1
    assert posted(limiter, guest(1), 100) == POSTS.per_second
    clock.now += 3600
    assert posted(limiter, guest(1), 100) == POSTS.burst


def test_all_guests_of_an_address_share_a_bucket(clock: Clock, limiter: RateLimiter) -> None:
    """F21: a new name, or a new connection, is no new bucket."""
    assert sum(posted(limiter, guest(number), 30) for number in range(100)) == ALL_POSTS.burst
    assert posted(limiter, connection_keys(ADDRESS, 7), 1) == 0
    assert posted(limiter, guest(1000, "192.0.2.2"), 30) == 30
    clock.now += 1
    keys = [guest(number) for number in range(2000, 2100)]
    assert sum(posted(limiter, each, 30) for each in keys) == ALL_POSTS.per_second


def test_users_are_counted_apart_from_the_guests_of_their_address(limiter: RateLimiter) -> None:
    for number in range(100):
        posted(limiter, guest(number), 30)
    users = [RateKeys(f"user:{number}", f"{ADDRESS} users") for number in range(100)]
    assert posted(limiter, users[0], 30) == 30
    assert sum(posted(limiter, user, 30) for user in users) == ALL_POSTS.burst - 30


def test_what_is_refused_is_counted_nowhere(limiter: RateLimiter, refused: list[str]) -> None:
    assert posted(limiter, guest(0), 10_000) == 30
    assert refused == ["post"] * 9970
    for number in range(1, 20):
        assert posted(limiter, guest(number), 30) == 30, "one sender uses up nothing of the others'"
    late = guest(20)
    assert posted(limiter, late, 30) == 0
    assert refused[-1] == "address_post"
    assert posted(limiter, late._replace(address="192.0.2.2"), 30) == 30


@pytest.mark.parametrize("name", RATE_LIMITS)
def test_every_limit_lets_exactly_its_burst_pass(
    limiter: RateLimiter, refused: list[str], name: str
) -> None:
    per_second, burst = RATE_LIMITS[name]
    for _ in range(burst):
        limiter.check_address(name, "key")
    with pytest.raises(TooManyRequests) as caught:
        limiter.check_address(name, "key")
    assert caught.value.extra["retry_after"] == max(1, int(1 / per_second))
    assert refused == [name]


def test_a_flood_stores_at_most_the_rate_in_any_ten_seconds(
    clock: Clock, limiter: RateLimiter
) -> None:
    """F21: over an hour, 100 senders of an address post as fast as they are allowed to."""
    stored: list[float] = []
    for step in range(36_000):
        clock.now += 0.1
        stored += [clock.now] * posted(limiter, guest(step % 100), 10)
    most = ALL_POSTS.burst + 10 * ALL_POSTS.per_second
    first = 0
    for last, moment in enumerate(stored):
        while moment - stored[first] > 10:
            first += 1
        assert last - first + 1 <= most
    assert len(stored) > 3600 * ALL_POSTS.per_second * 0.99


@pytest.mark.parametrize("seconds", [10, 6])
def test_a_school_chats_for_an_hour(clock: Clock, limiter: RateLimiter, seconds: float) -> None:
    """300 guests of one address greet at once, and then post now and then: none is refused."""
    chance = random.Random(seconds)
    for number in range(SCHOOL):
        limiter.check("post", guest(number))
    for _ in range(int(3600 * SCHOOL / seconds)):
        clock.now += chance.expovariate(SCHOOL / seconds)
        limiter.check("post", guest(chance.randrange(SCHOOL)))


def test_a_thousand_clients_reconnect_at_once_and_again(limiter: RateLimiter) -> None:
    for _ in range(3):
        for slot in range(1000):
            limiter.check_address("open", ADDRESS)
            for _ in ("/chat", "/reports"):
                limiter.check_address("connect", ADDRESS)
            for _ in range(3):
                limiter.check("join", connection_keys(ADDRESS, slot))


def test_failures_may_be_counted_afterwards(clock: Clock, limiter: RateLimiter) -> None:
    """Several at once may overdraw the bucket; then it takes longer to fill."""
    for _ in range(60):
        limiter.require("failed_login", ADDRESS)
    for _ in range(60):
        limiter.spend("failed_login", ADDRESS)
    for seconds, passed in ((60, False), (2, True)):
        clock.now += seconds
        assert passes(lambda: limiter.require("failed_login", ADDRESS)) is passed


def test_what_is_paced_is_never_refused(
    clock: Clock, limiter: RateLimiter, refused: list[str]
) -> None:
    """It is delayed until there is room, but never for long."""
    per_second, burst = RATE_LIMITS["read"]
    assert [limiter.pace("read", guest(0)) for _ in range(burst)] == [0] * burst
    waits = [limiter.pace("read", guest(0)) for _ in range(1000)]
    assert waits[:2] == pytest.approx([1 / per_second, 2 / per_second])
    assert waits[-1] == MAX_PAUSE
    assert refused == ["read"] * 1000
    clock.now += MAX_PAUSE
    assert limiter.pace("read", guest(0)) == pytest.approx(1 / per_second)
    assert limiter.pace("read", guest(0, "192.0.2.2")) > 0
    others = [limiter.pace("read", guest(number)) for number in range(1, 10_000)]
    assert others[0] == 0 < others[-1] == MAX_PAUSE
    assert refused[-1] == "address_read"


def test_its_memory_is_bounded_and_abusers_stay_known(clock: Clock, limiter: RateLimiter) -> None:
    """200,000 addresses, each of which is invented for one request."""
    assert posted(limiter, guest(0), 30) == 30
    most = 0
    for number in range(200_000):
        limiter.check_address("post", f"guest:{number + 1}")
        most = max(most, len(limiter._buckets["post"]))
    assert most <= MAX_BUCKETS + SWEEP + 1
    assert posted(limiter, guest(0), 1) == 0


def test_nothing_is_counted_when_it_is_off(clock: Clock, refused: list[str]) -> None:
    limiter = RateLimiter(False, on_refused=refused.append)
    assert posted(limiter, guest(0), 1000) == 1000
    for _ in range(100):
        limiter.check_address("register", ADDRESS)
        limiter.spend("failed_login", ADDRESS)
        limiter.require("failed_login", ADDRESS)
    assert refused == []


def test_other_rates_take_precedence(clock: Clock) -> None:
    limiter = RateLimiter(True, read_rates(["post=1/2", "address_post=0.5/5"]))
    assert [posted(limiter, guest(number), 9) for number in range(4)] == [2, 2, 1, 0]
    assert limiter.rate("address_post") == RateLimit(0.5, 5)
    assert limiter.rate("typing") == RATE_LIMITS["typing"]


def test_rates_that_are_changed_before_the_start_are_in_force(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Benchmarks change them in this way."""
    for name in RATE_LIMITS:
        monkeypatch.setitem(RATE_LIMITS, name, RateLimit(1_000_000, 1_000_000))
    assert posted(RateLimiter(True), guest(0), 100_000) == 100_000
