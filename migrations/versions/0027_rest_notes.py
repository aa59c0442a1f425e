"""What was sent back of a receipt is noted for good, with who said so: what is noted at this moment is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027_rest_notes"
down_revision = "0026_device_actions"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_TABLE = "bank_rest_notes"
_WAITS = sa.text("status = 'proposed'")
_NAMED = sa.text("sent_as <> ''")
_CHECKS = {
    "amount_positive": "amount_fen > 0",
    "by_two_persons": "status <> 'counts' OR decided_by_id <> said_by_id",
}
_SENT_BACK = """
    INSERT INTO bank_rest_notes (line_id, deed, status, amount_fen, sent_as, reason, said_by_id, said_at)
    SELECT l.id, 'sent_back', 'counts', l.amount_fen - l.matched_fen, l.sent_as, '', l.set_aside_by_id,
           coalesce(l.set_aside_at, s.imported_at)
      FROM bank_statement_lines l JOIN bank_statements s ON s.id = l.statement_id
     WHERE l.status = 'set_aside' AND l.reason = 'rest_sent_back' ORDER BY l.id"""


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("line_id", _NUMBER, nullable=False),
        sa.Column(
            "deed", sa.Enum("sent_back", "taken_up", name="restdeed", native_enum=False, length=32), nullable=False
        ),
        sa.Column(
            "status",
            sa.Enum("proposed", "counts", "withdrawn", name="restnotestatus", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("amount_fen", _NUMBER, nullable=False),
        sa.Column("sent_as", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("said_by_id", _NUMBER, nullable=True),
        sa.Column("said_at", _MOMENT, nullable=False),
        sa.Column("decided_by_id", _NUMBER, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        *(sa.CheckConstraint(said, name=op.f(f"ck_{_TABLE}_{name}")) for name, said in _CHECKS.items()),
        sa.ForeignKeyConstraint(
            ["line_id"], ["bank_statement_lines.id"], name=op.f(f"fk_{_TABLE}_line_id_bank_statement_lines")
        ),
        *(
            sa.ForeignKeyConstraint(
                [person], ["users.id"], name=op.f(f"fk_{_TABLE}_{person}_users"), ondelete="SET NULL"
            )
            for person in ("said_by_id", "decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TABLE}")),
    )
    op.create_index(op.f(f"ix_{_TABLE}_line_id"), _TABLE, ["line_id"])
    op.create_index(
        f"uq_{_TABLE}_open_line", _TABLE, ["line_id"], unique=True, sqlite_where=_WAITS, postgresql_where=_WAITS
    )
    op.create_index(
        "ix_bank_statement_lines_sent_as",
        "bank_statement_lines",
        ["sent_as"],
        sqlite_where=_NAMED,
        postgresql_where=_NAMED,
    )
    op.execute(_SENT_BACK)


def downgrade() -> None:
    op.drop_index("ix_bank_statement_lines_sent_as", "bank_statement_lines")
    op.drop_table(_TABLE)
