"""Campaigns that are called off, say who signs, wait for approval of their bill, and tell who got nothing and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0072_campaign_closes"
down_revision = "0071_seen_and_sent"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_WAITS = sa.text("state = 'waiting'")
_WORDS = {"project_number": 40, "project_name": 80, "handler": 60, "acceptor": 60, "called_off_reason": 300}


def upgrade() -> None:
    with op.batch_alter_table("campaigns") as campaigns:
        campaigns.add_column(
            sa.Column("is_approved", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        campaigns.add_column(sa.Column("judged_at", _MOMENT, nullable=True))
        campaigns.add_column(sa.Column("last_call_at", _MOMENT, nullable=True))
        campaigns.add_column(sa.Column("called_off_at", _MOMENT, nullable=True))
        campaigns.add_column(sa.Column("called_off_by_id", _NUMBER, nullable=True))
        for name, length in _WORDS.items():
            campaigns.add_column(sa.Column(name, sa.String(length), nullable=False, server_default=""))
        campaigns.create_foreign_key(
            op.f("fk_campaigns_called_off_by_id_users"),
            "users",
            ["called_off_by_id"],
            ["id"],
            ondelete="SET NULL",
        )
        campaigns.create_index(op.f("ix_campaigns_called_off_by_id"), ["called_off_by_id"])
    with op.batch_alter_table("campaigns") as campaigns:
        for name in ("is_approved", *_WORDS):
            campaigns.alter_column(name, server_default=None)
    kinds = sa.Enum(
        "year", "quota", "goods", "harvest", name="gotnothing", native_enum=False, length=32
    )
    with op.batch_alter_table("campaign_members") as members:
        members.add_column(sa.Column("got_nothing", kinds, nullable=True))
    _approvals()


def _approvals() -> None:
    states = ("waiting", "approved", "returned", "expired", "withdrawn")
    op.create_table(
        "campaign_approvals",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("campaign_id", _NUMBER, nullable=False),
        sa.Column("organisation_id", _NUMBER, nullable=False),
        sa.Column("amount_fen", _NUMBER, nullable=False),
        sa.Column("over", sa.JSON(), nullable=False),
        sa.Column(
            "state", sa.Enum(*states, name="approvalstate", native_enum=False, length=32), nullable=False
        ),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("asked_by_id", _NUMBER, nullable=True),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by_id", _NUMBER, nullable=True),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_approvals")),
        _to("campaign_id", "campaigns", "CASCADE"),
        _to("organisation_id", "organisations"),
        _to("asked_by_id", "users", "SET NULL"),
        _to("decided_by_id", "users", "SET NULL"),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_campaign_approvals_amount_positive")),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)",
            name=op.f("ck_campaign_approvals_decided_has_moment"),
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR reason <> ''", name=op.f("ck_campaign_approvals_returned_with_a_reason")
        ),
    )
    op.create_index(
        "uq_campaign_approvals_one_waits",
        "campaign_approvals",
        ["campaign_id"],
        unique=True,
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    )
    op.create_index(
        "ix_campaign_approvals_organisation_id", "campaign_approvals", ["organisation_id", "state"]
    )
    op.create_index("ix_campaign_approvals_campaign_id", "campaign_approvals", ["campaign_id", "id"])


def _to(column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_campaign_approvals_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def downgrade() -> None:
    op.drop_table("campaign_approvals")
    with op.batch_alter_table("campaign_members") as members:
        members.drop_column("got_nothing")
    with op.batch_alter_table("campaigns") as campaigns:
        campaigns.drop_index(op.f("ix_campaigns_called_off_by_id"))
        campaigns.drop_constraint(op.f("fk_campaigns_called_off_by_id_users"), type_="foreignkey")
        for name in ("is_approved", "judged_at", "last_call_at", "called_off_at", "called_off_by_id", *_WORDS):
            campaigns.drop_column(name)
