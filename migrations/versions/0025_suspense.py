"""Money that came and belongs to no order yet stands in the books: what is here at this moment is opened."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0025_suspense"
down_revision = "0024_bank_movements"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_AT_ONCE = 500
_BY_BANK = ("bank_transfer", "on_account")
_LINES = "bank_statement_lines"
_CHECK = "ck_bank_statement_lines_never_more_in_suspense_than_came"

# What is left of a receipt and is here, and what of it waits for the second person.
_HELD = """
    UPDATE bank_statement_lines SET suspense_fen =
      CASE WHEN status = 'set_aside' AND reason <> 'rest_kept' THEN 0 ELSE amount_fen - matched_fen END
      + (SELECT coalesce(sum(m.amount_fen), 0) FROM bank_matches m
          WHERE m.line_id = bank_statement_lines.id AND m.confirmed_at IS NULL)"""
_ORPHANS = """
    SELECT id, order_id, provider, left_fen FROM (
      SELECT p.id, p.order_id, p.provider, coalesce(p.received_fen, 0)
        - (SELECT coalesce(sum(r.amount_fen), 0) FROM refunds r
            WHERE r.payment_id = p.id AND r.status = 'succeeded') AS left_fen
        FROM payments p WHERE p.status = 'orphaned' AND p.currency = 'CNY') AS orphans
     WHERE left_fen > 0 ORDER BY id"""

_entries = sa.table(
    "journal_entries",
    *(sa.column("id", _NUMBER), sa.column("kind", sa.String), sa.column("reference", sa.String)),
    *(sa.column("order_id", _NUMBER), sa.column("posted_at", _MOMENT)),
)
_postings = sa.table(
    "postings",
    *(sa.column("entry_id", _NUMBER), sa.column("account", sa.String), sa.column("amount_fen", _NUMBER)),
)


def upgrade() -> None:
    # Matches refer to the lines, so SQLite may not write the table anew: the check stands with its column.
    number = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE bank_statement_lines ADD COLUMN suspense_fen {number} DEFAULT 0 NOT NULL"
        f" CONSTRAINT {_CHECK} CHECK (suspense_fen >= 0 AND suspense_fen <= amount_fen)"
    )
    op.add_column(_LINES, sa.Column("suspense_entries", _NUMBER, nullable=False, server_default=sa.text("0")))
    op.execute(_HELD)
    op.execute("UPDATE bank_statement_lines SET suspense_entries = 1 WHERE suspense_fen > 0")
    connection, now = op.get_bind(), datetime.now(UTC)
    held = sa.text("SELECT id, suspense_fen FROM bank_statement_lines WHERE suspense_fen > 0 ORDER BY id")
    _open(connection, now, [(f"receipt:{one}:1", None, "bank", fen) for one, fen in connection.execute(held)])
    orphans = [
        (f"orphan:payment:{one}", order, "bank" if by in _BY_BANK else "provider_clearing", fen)
        for one, order, by, fen in connection.execute(sa.text(_ORPHANS))
    ]
    _open(connection, now, orphans)


def _open(
    connection: sa.Connection, now: datetime, opened: list[tuple[str, int | None, str, int]]
) -> None:
    """An entry for each (reference, order, account that has it, fen), dated now: a running month is never closed."""
    for start in range(0, len(opened), _AT_ONCE):
        some = opened[start : start + _AT_ONCE]
        connection.execute(
            sa.insert(_entries),
            [
                {"kind": "receipt", "reference": reference, "order_id": order, "posted_at": now}
                for reference, order, _, _ in some
            ],
        )
        wanted = sa.select(_entries.c.reference, _entries.c.id).where(
            _entries.c.reference.in_([reference for reference, *_ in some])
        )
        ids = dict(connection.execute(wanted).all())
        connection.execute(
            sa.insert(_postings),
            [
                {"entry_id": ids[reference], "account": account, "amount_fen": amount}
                for reference, _, account, fen in some
                for account, amount in ((account, fen), ("suspense", -fen))
            ],
        )


def downgrade() -> None:
    """Not once anything stands in suspense: entries are never taken out of the books, and older ones do not know them."""
    opened = sa.select(_entries.c.id).where(_entries.c.kind == "receipt").limit(1)
    if op.get_bind().scalar(opened) is not None:
        raise RuntimeError("Money stands in suspense in the books. Go back to a copy of the database instead.")
    op.drop_column(_LINES, "suspense_entries")
    op.drop_column(_LINES, "suspense_fen")
