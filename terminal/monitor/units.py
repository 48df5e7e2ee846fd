"""Numbers as they are shown: with as many digits as can be read at a glance, and a unit."""

from __future__ import annotations

UNKNOWN = "–"


def seconds(value: float | None) -> str:
    """Return a short time, such as `0.42 ms`."""
    if value is None:
        return UNKNOWN
    return f"{digits(value)} s" if value >= 1 else f"{digits(value * 1000)} ms"


def rate(value: float | None) -> str:
    """Return a rate, such as `12.5 /s`."""
    return UNKNOWN if value is None else f"{digits(value)} /s"


def size(value: float | None) -> str:
    """Return bytes, such as `84.2 MiB`."""
    if value is None:
        return UNKNOWN
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{digits(value)} {unit}"
        value /= 1024
    return f"{digits(value)} GiB"


def share(value: float | None) -> str:
    """Return a share of one processor in percent."""
    return UNKNOWN if value is None else f"{value:.0%}"


def count(value: float | None) -> str:
    """Return a whole number, with its thousands apart."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def duration(value: float) -> str:
    """Return a long time by its two largest units, such as `3 d 4 h`."""
    rest = int(value)
    parts: list[str] = []
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if rest >= length or (parts and unit != "s"):
            parts.append(f"{rest // length} {unit}")
        rest %= length
    return " ".join(parts[:2]) or "0 s"


def digits(value: float) -> str:
    """Return three digits of a number, or all of a larger one."""
    if value >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
