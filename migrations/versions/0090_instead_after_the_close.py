"""What goes, by the rule agreed beforehand, instead of goods of a closed campaign that turned out to be missing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0090_instead_after_the_close"
down_revision = "0083_who_proposed"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BY_VALUE = (
    "instead >= 0 AND instead_fen >= 0 AND instead * instead_fen <= quantity * price_fen"
    " AND (instead > 0) = (instead_id IS NOT NULL) AND (instead > 0) = (instead_order_id IS NOT NULL)"
)


def upgrade() -> None:
    table = "campaign_instead_orders"
    op.create_table(
        table,
        sa.Column("order_id", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("campaign_id", _NUMBER, nullable=False),
        sa.Column("for_order_id", _NUMBER, nullable=False),
        sa.Column("pickup_point_id", _NUMBER),
        sa.Column("member_id", _NUMBER),
        sa.Column("given_at", _MOMENT),
        sa.Column("billed_at", _MOMENT),
        sa.CheckConstraint(
            "(pickup_point_id IS NULL) <> (member_id IS NULL)", name=op.f(f"ck_{table}_point_or_home")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f(f"fk_{table}_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f(f"fk_{table}_campaign_id_campaigns")),
        sa.ForeignKeyConstraint(["for_order_id"], ["orders.id"], name=op.f(f"fk_{table}_for_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["pickup_point_id"], ["pickup_points.id"], name=op.f(f"fk_{table}_pickup_point_id_pickup_points")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["campaign_members.id"], name=op.f(f"fk_{table}_member_id_campaign_members")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f(f"pk_{table}")),
    )
    for column in ("campaign_id", "for_order_id", "pickup_point_id", "member_id"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    with op.batch_alter_table("campaign_losses") as losses:
        losses.add_column(sa.Column("instead_id", _NUMBER))
        losses.add_column(sa.Column("instead", _NUMBER, nullable=False, server_default="0"))
        losses.add_column(sa.Column("instead_fen", _NUMBER, nullable=False, server_default="0"))
        losses.add_column(sa.Column("instead_order_id", _NUMBER))
        losses.create_foreign_key(
            op.f("fk_campaign_losses_instead_id_variants"), "variants", ["instead_id"], ["id"]
        )
        losses.create_foreign_key(
            op.f("fk_campaign_losses_instead_order_id_orders"), "orders", ["instead_order_id"], ["id"]
        )
        losses.create_check_constraint(op.f("ck_campaign_losses_instead_by_value"), _BY_VALUE)
    with op.batch_alter_table("campaign_losses") as losses:
        losses.alter_column("instead", server_default=None)
        losses.alter_column("instead_fen", server_default=None)
    for column in ("instead_id", "instead_order_id"):
        op.create_index(op.f(f"ix_campaign_losses_{column}"), "campaign_losses", [column])


def downgrade() -> None:
    for column in ("instead_id", "instead_order_id"):
        op.drop_index(op.f(f"ix_campaign_losses_{column}"), "campaign_losses")
    with op.batch_alter_table("campaign_losses") as losses:
        losses.drop_constraint(op.f("ck_campaign_losses_instead_by_value"), type_="check")
        losses.drop_constraint(op.f("fk_campaign_losses_instead_order_id_orders"), type_="foreignkey")
        losses.drop_constraint(op.f("fk_campaign_losses_instead_id_variants"), type_="foreignkey")
        for column in ("instead_id", "instead", "instead_fen", "instead_order_id"):
            losses.drop_column(column)
    op.drop_table("campaign_instead_orders")
