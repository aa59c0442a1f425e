"""The audit trail and the books can only grow: the database itself refuses to alter or delete what stands there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_append_only"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_entries", "journal_entries", "postings")

_POSTGRESQL_FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% can only grow', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def upgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    if on_postgresql:
        op.execute(_POSTGRESQL_FUNCTION)
    for table in APPEND_ONLY:
        for statement in _triggers_on_postgresql(table) if on_postgresql else _triggers_on_sqlite(table):
            op.execute(statement)
    # The one row that writers of the chain wait for is there from the beginning.
    op.execute(sa.text("INSERT INTO audit_head (id, last_entry_id, last_hash) VALUES (1, 0, '')"))


def downgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        if on_postgresql:
            op.execute(f"DROP TRIGGER {table}_no_change ON {table}")
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
        else:
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(f"DROP TRIGGER {table}_no_delete")
    if on_postgresql:
        op.execute("DROP FUNCTION refuse_change()")
    op.execute("DELETE FROM audit_head")


def _triggers_on_postgresql(table: str) -> tuple[str, ...]:
    return (
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    )


def _triggers_on_sqlite(table: str) -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} can only grow'); END"
        for verb in ("UPDATE", "DELETE")
    )
