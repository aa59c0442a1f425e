"""What the rule for a short harvest did to members' choices, so that they can be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0073_campaign_swaps"
down_revision = "0072_campaign_closes"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "campaign_swaps",
        sa.Column("member_id", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("variant_id", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("quantity", _NUMBER, nullable=False),
        sa.Column("substitute_id", _NUMBER),
        sa.Column("instead", _NUMBER, nullable=False),
        sa.Column("returned_fen", _NUMBER, nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND instead >= 0 AND returned_fen >= 0", name=op.f("ck_campaign_swaps_sane_swap")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["campaign_choices.member_id"],
            name="fk_campaign_swaps_member_id_campaign_choices",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"], ["variants.id"], name="fk_campaign_swaps_substitute_id_variants"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name="fk_campaign_swaps_variant_id_variants"
        ),
        sa.PrimaryKeyConstraint("member_id", "variant_id", name="pk_campaign_swaps"),
    )
    op.create_index("ix_campaign_swaps_variant_id", "campaign_swaps", ["variant_id"])
    op.create_index("ix_campaign_swaps_substitute_id", "campaign_swaps", ["substitute_id"])


def downgrade() -> None:
    op.drop_table("campaign_swaps")
