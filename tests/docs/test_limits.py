"""The rates in docs/protocol.md, and limits and counters in docs/security.md, against the code."""

import re

from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from me_api.config import PREFIX, Settings
from me_api.rate_limits import RATE_LIMITS, RateLimit
from tests.docs.tables import PROTOCOL, SECURITY, code, table, unique

RATE = r"(?:([\d,]+) a second|one in (\d+) seconds), "
IN_PROTOCOL = re.compile(RATE + r"bursts of ([\d,]+) \(`(\w+)`\)")
IN_SECURITY = re.compile(RATE + r"([\d,]+) at once")


def read_rate(a_second: str, seconds: str, burst: str) -> RateLimit:
    """Return a rate as it is written: so many a second, or one in so many seconds."""
    per_second = float(a_second.replace(",", "")) if a_second else 1 / float(seconds)
    return RateLimit(per_second, int(burst.replace(",", "")))


def test_every_rate_is_listed_with_its_burst() -> None:
    cells = [cell for row in table(PROTOCOL, "what", "for each sender") for cell in row[1:] if cell]
    found = [IN_PROTOCOL.fullmatch(cell) for cell in cells]
    rates = {match[4]: read_rate(match[1], match[2], match[3]) for match in found if match}
    assert rates == RATE_LIMITS
    assert len(cells) == len(RATE_LIMITS)


def test_limits_of_an_address_have_the_same_numbers() -> None:
    rows = table(SECURITY, "What an address may do", "Setting")
    rates = {row[1]: row[2] for row in rows if row[1].startswith("`ME_API_RATES=")}
    for setting, default in rates.items():
        match = IN_SECURITY.fullmatch(default)
        assert match, default
        assert read_rate(*match.groups()) == RATE_LIMITS[setting.split("=")[1]]
    named = {name for row in rows for name in re.findall(r"ME_API_(\w+)", row[1])}
    assert named <= {name.upper() for name in Settings.model_fields} and PREFIX == "ME_API_"


def test_counters_exist_with_their_labels(app: Flask) -> None:
    metrics = app.extensions["metrics"]
    metrics.http_error("bad_request")
    metrics.refused_as_busy("search")
    samples = {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(metrics.exposition().decode())
        for sample in family.samples
    }
    rows = table(SECURITY, "Counter", "Label")
    unique([row[0] for row in rows])
    for name, label, _ in rows:
        assert samples[code(name)] == ({code(label)} if label else set())
