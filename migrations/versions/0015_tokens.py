"""Create the tables of long-lived tokens."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

# What changes who may do what is counted, whoever does it: what is open with a token follows then.
EVENTS = {
    "tokens_changed": "UPDATE OF user_id, scopes, all_rooms, expires ON tokens",
    "tokens_deleted": "DELETE ON tokens",
    "token_rooms_changed": "UPDATE ON token_rooms",
    "token_rooms_deleted": "DELETE ON token_rooms",
}
SQLITE = "CREATE TRIGGER {name} AFTER {event} BEGIN UPDATE log SET access = access + 1; END"
POSTGRESQL = """
CREATE CONSTRAINT TRIGGER {name} AFTER {event}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION me_api_users_changed_1()
"""


def upgrade() -> None:
    op.create_table('tokens',
    sa.Column('id', sa.String(length=12), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('scopes', sa.String(length=200), nullable=False),
    sa.Column('all_rooms', sa.Boolean(create_constraint=False), nullable=False),
    sa.Column('created', sa.String(length=24), nullable=False),
    sa.Column('expires', sa.String(length=24), nullable=True),
    sa.Column('last_used', sa.String(length=24), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_tokens_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tokens'))
    )
    op.create_index(op.f('ix_tokens_user_id'), 'tokens', ['user_id'], unique=False)
    op.create_table('token_rooms',
    sa.Column('token_id', sa.String(length=12), nullable=False),
    sa.Column('room', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(
        ['room'], ['rooms.name'], name=op.f('fk_token_rooms_room_rooms'), ondelete='CASCADE', onupdate='CASCADE'
    ),
    sa.ForeignKeyConstraint(
        ['token_id'], ['tokens.id'], name=op.f('fk_token_rooms_token_id_tokens'), ondelete='CASCADE'
    ),
    sa.PrimaryKeyConstraint('token_id', 'room', name=op.f('pk_token_rooms'))
    )
    # When a room is renamed or deleted.
    op.create_index(op.f('ix_token_rooms_room'), 'token_rooms', ['room'], unique=False)
    trigger = POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE
    for name, event in EVENTS.items():
        op.execute(trigger.format(name=name, event=event))


def downgrade() -> None:
    op.drop_table('token_rooms')
    op.drop_table('tokens')
