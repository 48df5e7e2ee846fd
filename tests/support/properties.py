"""Settings of property tests whose examples run against real servers."""

from hypothesis import HealthCheck, Phase, settings


def examples(most: int) -> settings:
    """Return the settings for so many examples, each of which takes long and is not shrunk."""
    return settings(
        max_examples=most,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
