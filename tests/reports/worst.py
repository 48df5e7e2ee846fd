"""The longest texts of reports that take longest to render, as far as they were found."""

from me_api.markdown.schemas import MAX_TEXT


def fill(piece: str, start: str = "") -> str:
    """Return a text of the greatest length, which repeats a piece after its start."""
    return (start + piece * MAX_TEXT)[:MAX_TEXT]


def numbered(tag: str, count: int) -> str:
    """Return tags that differ, so that the parser takes none for another."""
    return "".join(f"<{tag} id={number}>" for number in range(count))


FORMATTING = ["b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt"]
NOAH = "".join(f"<{tag}>" * 3 for tag in FORMATTING)
"""All that a parser opens again without attributes: three of a kind, "the Noah's Ark clause"."""

WORST = {
    "nested elements": fill("<details>"),
    "nested ruby": fill("<rt>"),
    "nested kinds": fill("<ul>"),
    "nested and wrongly closed": fill("<div><a b=</div>>"),
    "items in terms": fill("<li><dt>"),
    "200 reopened": fill("<p>x", numbered("b", 200)),
    "2000 reopened": fill("<p>x", numbered("b", 2000)),
    "reopened in Markdown": fill("a\n\n", numbered("em", 2000)),
    "reopened as they come": "".join(f"<em id={number}>a\n\n" for number in range(MAX_TEXT))[
        :MAX_TEXT
    ],
    "three of each kind": fill("<p>x", NOAH),
    "closed in code": fill("<p>x", '<b id="1">`</b>`' * 1000),
    "languages": fill(
        "<p>x", "".join(f'<pre><code class="language-{n}"></pre>' for n in range(700))
    ),
    "attributes": "<a " + " ".join(f"a{number}" for number in range(8400)) + ">",
    "32 lists in each line": fill("- " * 32 + "a\n"),
    "31 quotes in each line": fill("> " * 31 + "a\n"),
    "a wide table": fill("a\n", "|" + "a|" * 5000 + "\n|" + "-|" * 5000 + "\n"),
    "a large table": fill("a\n", "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n"),
    "tables": fill("a|b\n-|-\n\n"),
    "lists": fill("- a\n* b\n"),
    "links": fill("[a](b)"),
    "references": fill("[a]", f"[a]: {'b' * 20_000}\n\n"),
    "titles": fill("[a]", f'[a]: b "{"c" * 20_000}"\n\n'),
    "entities": fill("&CounterClockwiseContourIntegral;"),
    "backticks": "".join("`" * number + " " for number in range(310)),
    "emphasis": "*" * 25_000 + "a" + "*" * 24_999,
}
