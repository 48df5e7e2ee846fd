"""Replace control characters in stored texts by spaces, as none are accepted any more.

A terminal that prints a message would obey them. They separate words as spaces do: the search index stays valid.
"""

import json
import re
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f]")
COLUMNS = {"messages": ["text"], "reports": ["title", "text", "html"], "rooms": ["title"]}
KEYS = {"messages": ["room_id", "id"], "reports": ["week"], "rooms": ["id"]}
HAS_CONTROL = {
    "sqlite": "{} GLOB '*[' || char(1) || '-' || char(8, 11) || '-' || char(31, 127) || '-' || char(159) || ']*'",
    "postgresql": r"{} ~ '[\x01-\x08\x0b-\x1f\x7f-\x9f]'",
}
# In JSON most of them are escaped.
HAS_ESCAPE = {
    "sqlite": "instr(CAST(payload AS TEXT), char(92)) > 0",
    "postgresql": "strpos(CAST(payload AS TEXT), chr(92)) > 0",
}


def upgrade() -> None:
    connection = op.get_bind()
    has_control = HAS_CONTROL[connection.dialect.name]
    for table, columns in COLUMNS.items():
        for column in columns:
            change(connection, table, column, has_control.format(column), clean)
    may_have = f"{HAS_ESCAPE[connection.dialect.name]} OR {has_control.format('CAST(payload AS TEXT)')}"
    change(connection, "messages", "payload", may_have, clean_payload)


def change(connection: Any, table: str, column: str, condition: str, cleaned: Any) -> None:
    keys = KEYS[table]
    value = f"CAST({column} AS TEXT)"
    # Bound parameters are written with a colon, of which the conditions have none.
    rows = connection.execute(sa.text(f"SELECT {', '.join(keys)}, {value} FROM {table} WHERE {condition}")).all()
    kind = "JSON" if column == "payload" and connection.dialect.name == "postgresql" else "TEXT"
    where = " AND ".join(f"{key} = :{key}" for key in keys)
    update = sa.text(f"UPDATE {table} SET {column} = CAST(:value AS {kind}) WHERE {where}")
    for *key, old in rows:
        new = cleaned(old)
        if new != old:
            connection.execute(update, {**dict(zip(keys, key, strict=True)), "value": new})


def clean(text: str) -> str:
    return CONTROL.sub(" ", text.replace("\r\n", "\n"))


def clean_payload(written: str) -> str:
    payload = json.loads(written)
    cleaned = clean_inside(payload)
    return written if cleaned == payload else json.dumps(cleaned, ensure_ascii=False, separators=(",", ":"))


def clean_inside(value: Any) -> Any:
    if isinstance(value, dict):
        return {clean(name): clean_inside(each) for name, each in value.items()}
    if isinstance(value, list):
        return [clean_inside(each) for each in value]
    return clean_text(value) if isinstance(value, str) else value


def clean_text(text: str) -> str:
    """Return a text without control characters, also if it is JSON, which some clients send in strings."""
    if text.lstrip().startswith("{"):
        try:
            value = json.loads(text)
        except ValueError:
            return clean(text)
        cleaned = clean_inside(value)
        if cleaned != value:
            return json.dumps(cleaned, ensure_ascii=False)
    return clean(text)


def downgrade() -> None:
    """Keep the texts: they are valid for earlier versions, too."""
