"""What a buyer is asked when nobody has some units, overrides of the fairness rule, deadlines by kind of goods."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032_life_of_a_task"
down_revision = "0031_who_holds_it"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_NOT_SETTLED = sa.text("status <> 'settled'")
_PROPOSAL_CHECKS = {
    "units_positive": "units > 0",
    "never_dearer": "difference_fen >= 0",
    "settled_has_an_outcome": "(status = 'settled') = (outcome IS NOT NULL)",
    "waits_until_a_day": "status <> 'waiting' OR wait_until IS NOT NULL",
}
_OVERRIDE_CHECKS = {"units_positive": "units > 0", "reason_is_said": "reason <> ''"}


def upgrade() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("allocation_id", _NUMBER, nullable=False),
        sa.Column("units", _NUMBER, nullable=False),
        sa.Column("wait_until", sa.Date(), nullable=True),
        sa.Column("substitute_id", _NUMBER, nullable=True),
        sa.Column("difference_fen", _NUMBER, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("made_by_id", _NUMBER, nullable=True),
        sa.Column("answer_by", _MOMENT, nullable=False),
        sa.Column("status", _words("proposalstatus", "open", "waiting", "settled"), nullable=False),
        sa.Column("answer", _words("answer", "refund", "wait", "substitute"), nullable=True),
        sa.Column("answered_by", _words("answeredby", "buyer", "phone", "silence", "shop"), nullable=True),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.Column("actor_id", _NUMBER, nullable=True),
        sa.Column(
            "outcome", _words("outcome", "refunded", "substituted", "found", "called_off"), nullable=True
        ),
        sa.Column("settled_at", _MOMENT, nullable=True),
        *_checks("proposals", _PROPOSAL_CHECKS),
        *(_refers("proposals", *pair) for pair in _PROPOSAL_OF.items()),
        *(_person("proposals", column) for column in ("made_by_id", "actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index(op.f("ix_proposals_order_id"), "proposals", ["order_id"])
    for name, column, unique in (
        ("uq_proposals_one_for_units", "allocation_id", True),
        ("ix_proposals_to_answer", "answer_by", False),
    ):
        op.create_index(
            name, "proposals", [column], unique=unique, sqlite_where=_NOT_SETTLED, postgresql_where=_NOT_SETTLED
        )
    op.create_table(
        "overrides",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        *(sa.Column(name, _NUMBER, nullable=name == "by_rule_id") for name in _OVERRIDE_OF),
        sa.Column("units", _NUMBER, nullable=False),
        sa.Column("household_fen", _NUMBER, nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("actor_id", _NUMBER, nullable=True),
        *_checks("overrides", _OVERRIDE_CHECKS),
        *(_refers("overrides", *pair) for pair in _OVERRIDE_OF.items()),
        _person("overrides", "actor_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overrides")),
    )
    op.create_index(op.f("ix_overrides_at"), "overrides", ["at"])
    op.create_index(op.f("ix_overrides_order_id"), "overrides", ["order_id"])
    op.create_index("ix_overrides_village_at", "overrides", ["village_id", "at"])
    op.add_column("allocations", sa.Column("off_fen", _NUMBER, nullable=False, server_default=sa.text("0")))
    op.add_column(
        "categories", sa.Column("ready_hours", _NUMBER, nullable=False, server_default=sa.text("48"))
    )
    op.add_column("products", sa.Column("own_ready_hours", _NUMBER, nullable=True))
    op.execute("UPDATE products SET own_ready_hours = ready_hours WHERE ready_hours <> 48")
    op.add_column("tasks", sa.Column("reminded_at", _MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("tasks", "reminded_at")
    op.drop_column("products", "own_ready_hours")
    op.drop_column("categories", "ready_hours")
    op.drop_column("allocations", "off_fen")
    op.drop_table("overrides")
    op.drop_table("proposals")


_PROPOSAL_OF = {"order_id": "orders", "allocation_id": "allocations", "substitute_id": "variants"}
_OVERRIDE_OF = {
    "order_id": "orders",
    "village_id": "villages",
    "variant_id": "variants",
    "from_producer_id": "producers",
    "by_rule_id": "producers",
    "given_to_id": "producers",
}


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def _checks(table: str, said: dict[str, str]) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(sql, name=op.f(f"ck_{table}_{name}")) for name, sql in said.items()]


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_users")
    return sa.ForeignKeyConstraint([column], ["users.id"], name=name, ondelete="SET NULL")
