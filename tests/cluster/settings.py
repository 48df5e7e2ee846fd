"""Settings of the property tests: on a busy machine, no example takes too long."""

from hypothesis import HealthCheck, settings

relaxed = settings(suppress_health_check=[HealthCheck.too_slow])
