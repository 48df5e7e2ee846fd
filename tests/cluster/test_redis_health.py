"""When Redis is relied on: as long as a node receives its own heartbeats."""

from me_api.cluster.redis_health import HEARTBEATS_NEEDED, TIMEOUT_SECONDS, RedisHealth


def test_at_the_start_one_heartbeat_is_enough() -> None:
    health = RedisHealth()
    assert not health.is_up(0)
    health.connected(0)
    assert not health.is_up(0) and not health.has_timed_out(0)
    health.received_heartbeat(1)
    assert health.is_up(1)


def test_without_heartbeats_it_is_not_relied_on() -> None:
    health = RedisHealth()
    health.connected(0)
    health.received_heartbeat(1)
    assert health.is_up(0.9 + TIMEOUT_SECONDS)
    assert not health.is_up(1 + TIMEOUT_SECONDS) and health.has_timed_out(1 + TIMEOUT_SECONDS)


def test_after_a_loss_it_has_to_prove_itself() -> None:
    health = RedisHealth()
    health.connected(0)
    health.received_heartbeat(1)
    health.lost()
    assert not health.is_up(1)
    health.connected(2)
    for number in range(HEARTBEATS_NEEDED):
        assert not health.is_up(2)
        health.received_heartbeat(2 + number / 10)
    assert health.is_up(3)


def test_heartbeats_before_a_loss_do_not_count() -> None:
    health = RedisHealth()
    health.lost()
    health.connected(0)
    for _ in range(HEARTBEATS_NEEDED - 1):
        health.received_heartbeat(1)
    health.lost()
    health.connected(1)
    health.received_heartbeat(1)
    assert not health.is_up(1)
