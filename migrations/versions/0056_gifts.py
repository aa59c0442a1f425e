"""Gifts: what is in one, who receives it, and which orders are of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shop.storage.types import UtcDateTime

revision = "0056_gifts"
down_revision = "0055_campaigns"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_STATUS = sa.Enum(
    "draft", "placing", "stopped", "placed", "dropped", name="giftstatus", native_enum=False, length=32
)
_STATE = sa.Enum(
    "waiting", "ready", "bad", "twin", "skipped", "queued", "held", "ordered",
    name="recipientstate", native_enum=False, length=32,
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "gifts",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("organisation_id", _ID, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("status", _STATUS, nullable=False),
        sa.Column("made_token", sa.String(64), nullable=False),
        sa.Column("card_text", sa.String(120), nullable=False),
        sa.Column("signature", sa.String(60), nullable=False),
        sa.Column("hides_prices", sa.Boolean(), nullable=False),
        sa.Column("origin_slip", sa.Boolean(), nullable=False),
        sa.Column("deliver_on", sa.Date()),
        sa.Column("list_name", sa.String(120), nullable=False),
        sa.Column("list_digest", sa.String(64), nullable=False),
        sa.Column("stopped_because", sa.String(40), nullable=False),
        sa.Column("stopped_at_row", _ID),
        sa.Column("made_by_id", _ID, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("ordered_by_id", _ID, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("ordered_at", UtcDateTime()),
        sa.Column("forgotten_at", UtcDateTime()),
        sa.UniqueConstraint(
            "organisation_id", "made_token", name=op.f("uq_gifts_organisation_id_made_token")
        ),
    )
    op.create_index("ix_gifts_organisation_updated", "gifts", ["organisation_id", "updated_at"])
    op.create_index("ix_gifts_status_updated", "gifts", ["status", "updated_at"])
    op.create_table(
        "gift_items",
        sa.Column("gift_id", _ID, sa.ForeignKey("gifts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("variant_id", _ID, sa.ForeignKey("variants.id"), primary_key=True),
        sa.Column("quantity", _ID, nullable=False),
        sa.Column("unit_price_fen", _ID),
        sa.CheckConstraint("quantity BETWEEN 1 AND 99", name=op.f("ck_gift_items_quantity_sane")),
    )
    op.create_table(
        "gift_recipients",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("gift_id", _ID, sa.ForeignKey("gifts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("row", _ID, nullable=False),
        sa.Column("state", _STATE, nullable=False),
        sa.Column("name", sa.String(60), nullable=False, server_default=""),
        sa.Column("phone", sa.String(40), nullable=False, server_default=""),
        sa.Column("address", sa.String(300), nullable=False, server_default=""),
        sa.Column("province", sa.String(40), nullable=False, server_default=""),
        sa.Column("city", sa.String(40), nullable=False, server_default=""),
        sa.Column("district", sa.String(40), nullable=False, server_default=""),
        sa.Column("street", sa.String(200), nullable=False, server_default=""),
        sa.Column("sends_both", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("tries", _ID, nullable=False, server_default="0"),
        sa.Column("quoted_fen", _ID),
        sa.Column("order_id", _ID, sa.ForeignKey("orders.id")),
        sa.UniqueConstraint("gift_id", "row", name=op.f("uq_gift_recipients_gift_id_row")),
        sa.UniqueConstraint("order_id", name=op.f("uq_gift_recipients_order_id")),
        sa.CheckConstraint(
            "(state IN ('held', 'ordered')) = (order_id IS NOT NULL)",
            name=op.f("ck_gift_recipients_ordered_has_order"),
        ),
    )
    op.create_index("ix_gift_recipients_state", "gift_recipients", ["gift_id", "state", "row"])
    op.create_index("ix_gift_recipients_phone", "gift_recipients", ["gift_id", "phone"])
    op.create_table(
        "order_gifts",
        sa.Column("order_id", _ID, sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("gift_id", _ID, sa.ForeignKey("gifts.id"), nullable=False),
    )
    op.create_index(op.f("ix_order_gifts_gift_id"), "order_gifts", ["gift_id"])


def downgrade() -> None:
    for name in ("order_gifts", "gift_recipients", "gift_items", "gifts"):
        op.drop_table(name)
