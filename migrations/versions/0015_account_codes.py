"""Accounts may have the codes of an institution's own chart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015_account_codes"
down_revision = "0014_invoices"
branch_labels = None
depends_on = None

_ACCOUNTS = (
    *("provider_clearing", "bank", "receivables", "disputed", "household_payable", "packing_payable"),
    *("freight_payable", "fee_reserve", "village_fund", "shop_income", "refunds_borne", "advance"),
)


def upgrade() -> None:
    op.create_table(
        "account_codes",
        sa.Column(
            "account", sa.Enum(*_ACCOUNTS, name="account", native_enum=False, length=32), nullable=False
        ),
        sa.Column("code", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_account_codes"),
        sa.UniqueConstraint("code", name="uq_account_codes_code"),
    )


def downgrade() -> None:
    op.drop_table("account_codes")
