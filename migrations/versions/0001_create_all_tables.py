"""Create all tables of the first version."""

import secrets

import sqlalchemy as sa
from alembic import op


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('log',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('head', sa.BigInteger(), nullable=False),
    sa.Column('epoch', sa.String(length=32), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_log_one_row')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_log'))
    )
    op.create_table('rooms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('guests', sa.String(length=8), nullable=False),
    sa.Column('last_id', sa.BigInteger(), nullable=False),
    sa.Column('created', sa.String(length=24), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rooms')),
    sa.UniqueConstraint('name', name=op.f('uq_rooms_name'))
    )
    op.create_table('sessions',
    sa.Column('pid', sa.String(length=64), nullable=False),
    sa.Column('namespace', sa.String(length=64), nullable=False),
    sa.Column('sender', sa.String(length=80), nullable=False),
    sa.Column('nick', sa.String(length=32), nullable=True),
    sa.Column('start', sa.BigInteger(), nullable=False),
    sa.Column('topics', sa.JSON(), nullable=False),
    sa.Column('seen', sa.String(length=24), nullable=False),
    sa.PrimaryKeyConstraint('pid', name=op.f('pk_sessions'))
    )
    op.create_index(op.f('ix_sessions_seen'), 'sessions', ['seen'], unique=False)

    op.create_table('users',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('email_folded', sa.Text(), nullable=False),
    sa.Column('nick', sa.Text(), nullable=False),
    sa.Column('nick_folded', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('created', sa.String(length=24), nullable=False),
    sa.CheckConstraint("role IN ('owner', 'member')", name=op.f('ck_users_role')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('email_folded', name=op.f('uq_users_email_folded')),
    sa.UniqueConstraint('nick_folded', name=op.f('uq_users_nick_folded')),
    sqlite_autoincrement=True
    )
    op.create_table('reports',
    sa.Column('week', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('html', sa.Text(), nullable=True),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('created', sa.String(length=24), nullable=False),
    sa.Column('updated', sa.String(length=24), nullable=False),
    sa.Column('deleted', sa.String(length=24), nullable=True),
    sa.Column('rev', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_reports_author_id')),
    sa.PrimaryKeyConstraint('week', name=op.f('pk_reports')),
    sa.UniqueConstraint('rev', name=op.f('uq_reports_rev'))
    )
    op.create_table('messages',
    sa.Column('room_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('rev', sa.BigInteger(), nullable=False),
    sa.Column('born', sa.BigInteger(), nullable=False),
    sa.Column('nick', sa.String(length=32), nullable=False),
    sa.Column('verified', sa.Boolean(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('sender', sa.String(length=80), nullable=False),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('payload', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('key', sa.String(length=128), nullable=True),
    sa.Column('fingerprint', sa.String(length=64), nullable=True),
    sa.Column('created', sa.String(length=24), nullable=False),
    sa.Column('edited', sa.String(length=24), nullable=True),
    sa.Column('deleted', sa.String(length=24), nullable=True),
    sa.ForeignKeyConstraint(['room_id'], ['rooms.id'], name=op.f('fk_messages_room_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_messages_user_id')),
    sa.PrimaryKeyConstraint('room_id', 'id', name=op.f('pk_messages')),
    sa.UniqueConstraint('rev', name=op.f('uq_messages_rev')),
    sa.UniqueConstraint('sender', 'key', name=op.f('uq_messages_sender_key')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_messages_room_id_created'), 'messages', ['room_id', 'created'], unique=False)
    op.create_index(op.f('ix_messages_room_id_rev'), 'messages', ['room_id', 'rev'], unique=False)

    log = sa.table("log", sa.column("id"), sa.column("head"), sa.column("epoch"))
    op.bulk_insert(log, [{"id": 1, "head": 0, "epoch": secrets.token_hex(8)}])


def downgrade() -> None:
    op.drop_index(op.f('ix_messages_room_id_rev'), 'messages')
    op.drop_index(op.f('ix_messages_room_id_created'), 'messages')

    op.drop_table('messages')
    op.drop_table('reports')
    op.drop_table('users')
    op.drop_index(op.f('ix_sessions_seen'), 'sessions')

    op.drop_table('sessions')
    op.drop_table('rooms')
    op.drop_table('log')
