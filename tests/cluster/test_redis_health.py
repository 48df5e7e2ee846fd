"""When Redis is relied on: as long as a node receives its own beats."""

from me_api.cluster.redis_health import DEAF_SECONDS, GOOD_BEATS, RedisHealth


def test_at_the_start_one_beat_is_enough() -> None:
    health = RedisHealth()
    assert not health.is_up(0)
    health.connected(0)
    assert not health.is_up(0) and not health.is_deaf(0)
    health.received_beat(1)
    assert health.is_up(1)


def test_without_beats_it_is_not_relied_on() -> None:
    health = RedisHealth()
    health.connected(0)
    health.received_beat(1)
    assert health.is_up(0.9 + DEAF_SECONDS)
    assert not health.is_up(1 + DEAF_SECONDS) and health.is_deaf(1 + DEAF_SECONDS)


def test_after_a_loss_it_has_to_prove_itself() -> None:
    health = RedisHealth()
    health.connected(0)
    health.received_beat(1)
    health.lost()
    assert not health.is_up(1)
    health.connected(2)
    for beat in range(GOOD_BEATS):
        assert not health.is_up(2)
        health.received_beat(2 + beat / 10)
    assert health.is_up(3)


def test_beats_before_a_loss_do_not_count() -> None:
    health = RedisHealth()
    health.lost()
    health.connected(0)
    for _ in range(GOOD_BEATS - 1):
        health.received_beat(1)
    health.lost()
    health.connected(1)
    health.received_beat(1)
    assert not health.is_up(1)
