"""Buyers claim, with photos, and the shop decides. What nobody had answered becomes an open claim."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0013_claims"
down_revision = "0012_refund_parts"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_KINDS = ("arrived_bad", "missing", "wrong", "not_as_described", "change_of_mind", "other")
_RULES = (
    *("bad_on_arrival", "not_what_was_ordered", "seven_days", "exempt", "too_late", "not_shown"),
    "goodwill",
)


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("order_line_id", _NUMBER, nullable=True),
        sa.Column("kind", sa.Enum(*_KINDS, name="claimkind", native_enum=False, length=32), nullable=False),
        sa.Column("units", _NUMBER, nullable=True),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column(
            "status",
            sa.Enum("open", "accepted", "partly", "refused", name="claimstatus", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("request_token", sa.String(64), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("opened_by_id", _NUMBER, nullable=True),
        sa.Column("rule", sa.Enum(*_RULES, name="claimrule", native_enum=False, length=32), nullable=True),
        sa.Column("answer", sa.String(1000), nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by_id", _NUMBER, nullable=True),
        sa.CheckConstraint("units IS NULL OR units > 0", name=op.f("ck_claims_units_positive")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_claims_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["order_lines.id"],
            name=op.f("fk_claims_order_line_id_order_lines"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["users.id"], name=op.f("fk_claims_opened_by_id_users"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_claims_decided_by_id_users"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("order_id", "request_token", name=op.f("uq_claims_order_id_request_token")),
    )
    for column in ("order_id", "order_line_id"):
        op.create_index(op.f(f"ix_claims_{column}"), "claims", [column])
    op.create_index("ix_claims_status_opened_at", "claims", ["status", "opened_at"])
    for name, column, where in (
        ("uq_claims_one_open_of_line", "order_line_id", "status = 'open'"),
        ("uq_claims_one_open_of_order", "order_id", "status = 'open' AND order_line_id IS NULL"),
    ):
        only = sa.text(where)
        op.create_index(name, "claims", [column], unique=True, sqlite_where=only, postgresql_where=only)
    op.create_table(
        "claim_photos",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("claim_id", _NUMBER, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column(
            "state",
            sa.Enum("processing", "ready", "refused", name="picturestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims.id"], name=op.f("fk_claim_photos_claim_id_claims"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_photos")),
        sa.UniqueConstraint("key", name=op.f("uq_claim_photos_key")),
    )
    for column in ("claim_id", "state"):
        op.create_index(op.f(f"ix_claim_photos_{column}"), "claim_photos", [column])
    op.create_table(
        "claim_refunds",
        sa.Column("refund_id", _NUMBER, nullable=False),
        sa.Column("claim_id", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_claim_refunds_refund_id_refunds")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_refunds_claim_id_claims")),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("pk_claim_refunds")),
    )
    op.create_index(op.f("ix_claim_refunds_claim_id"), "claim_refunds", ["claim_id"])
    _carry_over()


def _carry_over() -> None:
    """Complaints since the last answer become one open claim for each order; what was said stays in the history."""
    events = sa.table(
        "order_events",
        *(sa.column("id", _NUMBER), sa.column("order_id", _NUMBER), sa.column("at", _MOMENT)),
        *(sa.column("kind", sa.String), sa.column("actor_id", _NUMBER), sa.column("facts", sa.JSON)),
    )
    connection = op.get_bind()
    unanswered = defaultdict(list)
    of_interest = sa.select(events).where(events.c.kind.in_(("complaint", "complaint_answered")))
    for event in connection.execute(of_interest.order_by(events.c.id)):
        if event.kind == "complaint":
            unanswered[event.order_id].append(event)
        else:
            unanswered.pop(event.order_id, None)
    claims = sa.table(
        "claims",
        *(sa.column("order_id", _NUMBER), sa.column("kind", sa.String), sa.column("text", sa.String)),
        *(sa.column("status", sa.String), sa.column("request_token", sa.String)),
        *(sa.column("opened_at", _MOMENT), sa.column("opened_by_id", _NUMBER), sa.column("answer", sa.String)),
    )
    rows = [
        {
            "order_id": order_id,
            "kind": "other",
            "text": "\n".join(str(one.facts.get("text", "")) for one in said)[:1000],
            "status": "open",
            "request_token": f"complaint:{said[0].id}",
            "opened_at": said[0].at,
            "opened_by_id": said[0].actor_id,
            "answer": "",
        }
        for order_id, said in unanswered.items()
    ]
    if rows:
        op.bulk_insert(claims, rows)


def downgrade() -> None:
    for table in ("claim_refunds", "claim_photos", "claims"):
        op.drop_table(table)
