"""Create the tables of nodes, on PostgreSQL: leases, nicks, limits; and name the node of a session.

Another database has one server, which keeps these in memory.
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

# Each statement of a volatile function has a snapshot of its own: what another node has committed
# while this one waited for the lock is seen. Locks are taken in the order of names.
CLAIM = """
CREATE FUNCTION me_api_claim_1(claims jsonb, holder text) RETURNS SETOF text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    claim record;
BEGIN
    FOR claim IN
        SELECT c->>0 AS folded, c->>1 AS sender FROM jsonb_array_elements(claims) c ORDER BY 1
    LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended('me_api nick ' || claim.folded, 0));
        IF EXISTS (
            SELECT FROM nicks JOIN nodes ON nodes.name = nicks.node
            WHERE nicks.folded = claim.folded AND nicks.sender <> claim.sender
            AND nicks.node <> holder AND nodes.until > clock_timestamp()
        ) THEN
            RETURN NEXT claim.folded;
        ELSE
            INSERT INTO nicks (folded, node, sender) VALUES (claim.folded, holder, claim.sender)
            ON CONFLICT (folded, node) DO UPDATE SET sender = excluded.sender;
        END IF;
    END LOOP;
END $$
"""


def upgrade() -> None:
    op.add_column('sessions', sa.Column('node', sa.String(length=16), nullable=True))
    if op.get_bind().dialect.name != "postgresql":
        return
    op.create_table('nodes',
    sa.Column('name', sa.String(length=16), nullable=False),
    sa.Column('incarnation', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('secret_check', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_nodes'))
    )
    op.create_table('nicks',
    sa.Column('folded', sa.Text(), nullable=False),
    sa.Column('node', sa.String(length=16), nullable=False),
    sa.Column('sender', sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint('folded', 'node', name=op.f('pk_nicks'))
    )
    op.create_index(op.f('ix_nicks_node'), 'nicks', ['node'], unique=False)
    op.create_table('limits',
    sa.Column('rule', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('full_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('rule', 'key', name=op.f('pk_limits')),
    prefixes=['UNLOGGED']
    )
    op.execute(CLAIM)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION me_api_claim_1(jsonb, text)")
        op.drop_table('limits')
        op.drop_table('nicks')
        op.drop_table('nodes')
    op.drop_column('sessions', 'node')
