"""What providers hold stands under their names, and a movement is taken back by two persons."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0031_who_holds_it"
down_revision = "0030_intake"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_ASKED_BY = "fk_bank_movements_back_asked_by_id_users"
_BY_TWO = "ck_bank_movements_taken_back_by_two_persons"
_FROZEN = (
    "CREATE TRIGGER postings_no_update BEFORE UPDATE ON postings "
    "BEGIN SELECT RAISE(ABORT, 'postings can only grow'); END"
)
# By what an entry is called: the payment, refund, dispute or movement that it is about; a sale by its order's payment.
_ABOUT = """
    SELECT 'sale:order:' || order_id AS name, provider FROM payments WHERE status = 'succeeded'
     UNION ALL SELECT 'fee:payment:' || id, provider FROM payments
     UNION ALL SELECT 'orphan:payment:' || id, provider FROM payments
     UNION ALL SELECT 'refund:' || r.id || ends.said, p.provider
                 FROM refunds r JOIN payments p ON p.id = r.payment_id
                 CROSS JOIN (SELECT '' AS said UNION ALL SELECT ':resent' UNION ALL SELECT ':restocked') AS ends
     UNION ALL SELECT e.reference, p.provider
                 FROM journal_entries e
                 JOIN disputes d ON e.reference LIKE 'dispute:' || d.id || ':%'
                 JOIN payments p ON p.id = d.payment_id
                WHERE e.kind = 'dispute'
     UNION ALL SELECT 'movement:' || m.id || ends.said, m.provider
                 FROM bank_movements m
                 CROSS JOIN (SELECT '' AS said UNION ALL SELECT ':reversed') AS ends
                WHERE m.kind = 'provider_payout'"""
_NAMED = f"""
    UPDATE postings SET provider = about.provider
      FROM journal_entries AS entry JOIN ({_ABOUT}) AS about ON about.name = entry.reference
     WHERE postings.account = 'provider_clearing' AND entry.id = postings.entry_id"""


def upgrade() -> None:
    op.add_column("postings", sa.Column("provider", sa.String(32), nullable=True))
    with _books_open():
        op.execute(sa.text(_NAMED.replace(":", r"\:")))  # no colon in it is a parameter
    with op.batch_alter_table("bank_movements") as movements:
        movements.add_column(sa.Column("back_asked_at", _MOMENT, nullable=True))
        movements.add_column(sa.Column("back_asked_by_id", _NUMBER, nullable=True))
    with op.batch_alter_table("bank_movements") as movements:
        movements.create_foreign_key(op.f(_ASKED_BY), "users", ["back_asked_by_id"], ["id"], ondelete="SET NULL")
        movements.create_check_constraint(
            op.f(_BY_TWO), "status <> 'taken_back' OR line_id IS NOT NULL OR reversed_by_id <> back_asked_by_id"
        )


def downgrade() -> None:
    with op.batch_alter_table("bank_movements") as movements:
        movements.drop_constraint(op.f(_BY_TWO), type_="check")
        movements.drop_constraint(op.f(_ASKED_BY), type_="foreignkey")
    with op.batch_alter_table("bank_movements") as movements:
        movements.drop_column("back_asked_by_id")
        movements.drop_column("back_asked_at")
    op.drop_column("postings", "provider")


@contextmanager
def _books_open() -> Iterator[None]:
    """The books only grow: a name is written beside amounts that stay as they are, and then they are shut again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE postings DISABLE TRIGGER postings_no_change")
        yield
        op.execute("ALTER TABLE postings ENABLE TRIGGER postings_no_change")
    else:
        op.execute("DROP TRIGGER postings_no_update")
        yield
        op.execute(_FROZEN)
