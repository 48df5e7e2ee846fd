"""The chart of the fan-out scenario: bars on a logarithmic scale, as SVG."""

from __future__ import annotations

from html import escape
from math import log10
from typing import Any

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 70, 60
SERIES = {
    "me-api": "#0b7285",
    "socket.io": "#868e96",
    "bun-batched": "#f08c00",
    "Flask-SocketIO": "#ced4da",
    "Redis": "#e8590c",
}
LABELS = {
    "me-api": "me-api",
    "socket.io": "Node socket.io",
    "bun-batched": "Bun by hand",
    "Flask-SocketIO": "Flask-SocketIO",
    "Redis": "Redis PUBLISH (stores nothing)",
}
LOWEST, DECADES = 3, 4
"""The axis begins at ten to the power of LOWEST, and covers this many powers of ten."""
STEPS = (1, 4, 16, 64)


def chart(lines: list[dict[str, Any]]) -> str:
    """Return the SVG: a group of bars for each number of messages in flight, a bar per side."""
    values = _values(lines)
    parts = [_frame(), *_grid(), *_legend()]
    slot = (WIDTH - LEFT - RIGHT) / len(STEPS)
    bar = slot * 0.8 / len(SERIES)
    for group, step in enumerate(STEPS):
        start = LEFT + group * slot + slot * 0.1
        label = f"{step} in flight"
        parts.append(_text(LEFT + (group + 0.5) * slot, HEIGHT - BOTTOM + 22, label, "middle"))
        for place, side in enumerate(SERIES):
            if (value := values.get((side, step))) is not None:
                parts.append(_bar(start + place * bar, bar - 3, side, value))
    return "\n".join([*parts, "</svg>", ""])


def _values(lines: list[dict[str, Any]]) -> dict[tuple[str, int], float]:
    values: dict[tuple[str, int], float] = {}
    for line in lines:
        key, _, peer = line["id"].partition("/")
        if key.startswith("fanout-"):
            step = int(key.removeprefix("fanout-"))
            values["me-api", step] = line["ours"] or 0
            values[peer, step] = line["theirs"]
    return values


def _frame() -> str:
    title = "Deliveries a second to a room of 500, one core, logarithmic"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' font-family="sans-serif" font-size="13" role="img" aria-label="{title}">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n'
        f'<text x="{LEFT}" y="24" font-size="16" fill="#212529">{title}</text>'
    )


def _grid() -> list[str]:
    parts = []
    for decade in range(DECADES + 1):
        y = _height(10.0 ** (LOWEST + decade))
        parts.append(
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#e9ecef"/>'
        )
        parts.append(_text(LEFT - 8, y + 4, f"{_short(10.0 ** (LOWEST + decade))}", "end"))
    return parts


def _legend() -> list[str]:
    parts, x = [], LEFT
    for side, colour in SERIES.items():
        parts.append(f'<rect x="{x}" y="38" width="12" height="12" fill="{colour}"/>')
        parts.append(_text(x + 17, 49, LABELS[side], "start"))
        x += 40 + 7 * len(LABELS[side])
    return parts


def _bar(x: float, width: float, side: str, value: float) -> str:
    y = _height(value)
    bottom = HEIGHT - BOTTOM
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{bottom - y:.1f}"'
        f' fill="{SERIES[side]}"/>\n' + _text(x + width / 2, y - 4, _short(value), "middle", 10)
    )


def _height(value: float) -> float:
    share = (log10(max(value, 10.0**LOWEST)) - LOWEST) / DECADES
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _short(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:.3g} M"
    return f"{value / 1e3:.3g} k"


def _text(x: float, y: float, text: str, anchor: str, size: int = 13) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
        f' fill="#495057">{escape(text)}</text>'
    )
