"""The day on which a campaign is handed out: who got theirs, piles for sub-unions, what was left over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0062_campaign_days"
down_revision = "0061_mended_people"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAY = sa.Enum("point", "organiser", "representative", name="way", native_enum=False, length=32)
_DECISION = sa.Enum("keep", "shop", "colleague", "donated", name="decision", native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "campaign_handouts",
        sa.Column("id", _NUMBER, nullable=False),
        *_numbers("campaign_id", "member_id", "pickup_point_id"),
        sa.Column("way", _WAY, nullable=False),
        sa.Column("with_code", sa.Boolean(), nullable=False),
        sa.Column("collected_by", sa.String(80), nullable=False),
        sa.Column("handed_at", _MOMENT, nullable=False),
        sa.Column("handed_by_id", _NUMBER),
        *_undone(),
        _to("campaign_handouts", "campaign_id", "campaigns"),
        _to("campaign_handouts", "member_id", "campaign_members"),
        _to("campaign_handouts", "pickup_point_id", "pickup_points"),
        *_people("campaign_handouts", "handed_by_id", "undone_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_handouts"),
    )
    _index("campaign_handouts", "campaign_id", "member_id", "pickup_point_id", "handed_by_id", "undone_by_id")
    _stands_once("campaign_handouts", "undone_at IS NULL")
    op.create_table(
        "campaign_piles",
        sa.Column("id", _NUMBER, nullable=False),
        *_numbers("campaign_id", "unit_id", "pickup_point_id"),
        sa.Column("taken_by", sa.String(80), nullable=False),
        sa.Column("people", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("units", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("way", _WAY, nullable=False),
        sa.Column("taken_at", _MOMENT, nullable=False),
        sa.Column("handed_by_id", _NUMBER),
        *_undone(),
        sa.CheckConstraint("people > 0 AND units >= 0", name="ck_campaign_piles_holds_somebody"),
        _to("campaign_piles", "campaign_id", "campaigns"),
        _to("campaign_piles", "unit_id", "campaign_units"),
        _to("campaign_piles", "pickup_point_id", "pickup_points"),
        *_people("campaign_piles", "handed_by_id", "undone_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_piles"),
    )
    _index("campaign_piles", "campaign_id", "unit_id", "pickup_point_id", "handed_by_id", "undone_by_id")
    op.create_table(
        "campaign_pile_members",
        *_numbers("pile_id", "member_id"),
        sa.Column("stands", sa.Boolean(), nullable=False),
        _to("campaign_pile_members", "pile_id", "campaign_piles"),
        _to("campaign_pile_members", "member_id", "campaign_members"),
        sa.PrimaryKeyConstraint("pile_id", "member_id", name="pk_campaign_pile_members"),
    )
    _index("campaign_pile_members", "member_id")
    _stands_once("campaign_pile_members", "stands")
    op.create_table(
        "campaign_leftovers",
        sa.Column("id", _NUMBER, nullable=False),
        *_numbers("campaign_id", "member_id"),
        sa.Column("decision", _DECISION, nullable=False),
        sa.Column("keep_until", sa.Date()),
        sa.Column("given_to", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=False),
        sa.Column("decided_by_id", _NUMBER),
        sa.Column("corrected_at", _MOMENT),
        sa.Column("corrected_by_id", _NUMBER),
        sa.CheckConstraint(
            "(decision = 'keep') = (keep_until IS NOT NULL)", name="ck_campaign_leftovers_kept_until_a_day"
        ),
        _to("campaign_leftovers", "campaign_id", "campaigns"),
        _to("campaign_leftovers", "member_id", "campaign_members"),
        *_people("campaign_leftovers", "decided_by_id", "corrected_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_leftovers"),
    )
    _index("campaign_leftovers", "campaign_id", "member_id", "decided_by_id", "corrected_by_id")
    _stands_once("campaign_leftovers", "corrected_at IS NULL")
    op.create_table(
        "campaign_deadlines",
        *_numbers("campaign_id"),
        sa.Column("collect_until", sa.Date(), nullable=False),
        sa.Column("set_at", _MOMENT, nullable=False),
        sa.Column("set_by_id", _NUMBER),
        _to("campaign_deadlines", "campaign_id", "campaigns"),
        *_people("campaign_deadlines", "set_by_id"),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_campaign_deadlines"),
    )
    _index("campaign_deadlines", "set_by_id")
    op.create_table(
        "campaign_collectors",
        *_numbers("member_id"),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("said_at", _MOMENT, nullable=False),
        _to("campaign_collectors", "member_id", "campaign_members", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", name="pk_campaign_collectors"),
    )


def downgrade() -> None:
    for table in ("collectors", "deadlines", "leftovers", "pile_members", "piles", "handouts"):
        op.drop_table(f"campaign_{table}")


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, _NUMBER, nullable=False) for name in names]


def _undone() -> list[sa.Column[object]]:
    return [
        sa.Column("undone_at", _MOMENT),
        sa.Column("undone_by_id", _NUMBER),
        sa.Column("undone_reason", sa.String(200), nullable=False),
    ]


def _to(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}", ondelete=ondelete
    )


def _people(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [_to(table, column, "users", ondelete="SET NULL") for column in columns]


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])


def _stands_once(table: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(
        f"uq_{table}_stands", table, ["member_id"], unique=True, sqlite_where=where, postgresql_where=where
    )
