"""Campaigns: what members buy beyond the allowance, and delivery home."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0063_own_top_ups"
down_revision = "0062_campaign_days"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TO_CALL_OFF = sa.text("given_up_at IS NOT NULL AND done_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("campaigns") as campaigns:
        campaigns.add_column(sa.Column("own_top_up", sa.Boolean(), nullable=False, server_default=sa.false()))
        campaigns.add_column(
            sa.Column("home_delivery", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        campaigns.add_column(
            sa.Column("freight_counts", sa.Boolean(), nullable=False, server_default=sa.true())
        )
    with op.batch_alter_table("campaigns") as campaigns:
        for name in ("own_top_up", "home_delivery", "freight_counts"):
            campaigns.alter_column(name, server_default=None)
    with op.batch_alter_table("campaign_choices") as choices:
        choices.alter_column("pickup_point_id", existing_type=_NUMBER, nullable=True)
        choices.add_column(sa.Column("freight_fen", _NUMBER, nullable=False, server_default="0"))
        choices.create_check_constraint(op.f("ck_campaign_choices_freight_not_negative"), "freight_fen >= 0")
    with op.batch_alter_table("campaign_choices") as choices:
        choices.alter_column("freight_fen", server_default=None)
    op.create_table(
        "campaign_top_ups",
        sa.Column("order_id", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("member_id", _NUMBER, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("given_up_at", _MOMENT, nullable=True),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name="fk_campaign_top_ups_order_id_orders", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["campaign_members.id"], name="fk_campaign_top_ups_member_id_campaign_members"
        ),
        sa.PrimaryKeyConstraint("order_id", name="pk_campaign_top_ups"),
    )
    op.create_index("ix_campaign_top_ups_member_id", "campaign_top_ups", ["member_id"])
    op.create_index(
        "ix_campaign_top_ups_to_call_off",
        "campaign_top_ups",
        ["order_id"],
        sqlite_where=_TO_CALL_OFF,
        postgresql_where=_TO_CALL_OFF,
    )
    op.create_table(
        "campaign_home_addresses",
        sa.Column("member_id", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("phone", sa.String(20), nullable=False),
        sa.Column("province", sa.String(40), nullable=False),
        sa.Column("city", sa.String(40), nullable=False),
        sa.Column("district", sa.String(40), nullable=False),
        sa.Column("street", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["campaign_choices.member_id"],
            name="fk_campaign_home_addresses_member_id_campaign_choices",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", name="pk_campaign_home_addresses"),
    )
    op.create_table(
        "campaign_parcels",
        sa.Column("member_id", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("campaign_id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["campaign_members.id"], name="fk_campaign_parcels_member_id_campaign_members"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_campaign_parcels_campaign_id_campaigns"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_campaign_parcels_order_id_orders"),
        sa.PrimaryKeyConstraint("member_id", name="pk_campaign_parcels"),
        sa.UniqueConstraint("order_id", name="uq_campaign_parcels_order_id"),
    )
    op.create_index("ix_campaign_parcels_campaign_id", "campaign_parcels", ["campaign_id"])


def downgrade() -> None:
    for table in ("campaign_parcels", "campaign_home_addresses", "campaign_top_ups"):
        op.drop_table(table)
    # What is to be sent home has no point that an older shop could read.
    home = "SELECT member_id FROM campaign_choices WHERE pickup_point_id IS NULL"
    op.execute(f"DELETE FROM campaign_choice_lines WHERE member_id IN ({home})")
    op.execute("DELETE FROM campaign_choices WHERE pickup_point_id IS NULL")
    with op.batch_alter_table("campaign_choices") as choices:
        choices.drop_constraint(op.f("ck_campaign_choices_freight_not_negative"), type_="check")
        choices.drop_column("freight_fen")
        choices.alter_column("pickup_point_id", existing_type=_NUMBER, nullable=False)
    with op.batch_alter_table("campaigns") as campaigns:
        for name in ("freight_counts", "home_delivery", "own_top_up"):
            campaigns.drop_column(name)
