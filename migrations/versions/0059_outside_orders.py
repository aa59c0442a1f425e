"""Orders from elsewhere: their sources, what they are called there, and tables of many that are entered at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0059_outside_orders"
down_revision = "0058_purchases"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_RUNS = sa.text("ended_at IS NULL")


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "outside_sources",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("slug", sa.String(24), nullable=False),
        sa.Column("kind", _words("sourcekind", "chat_group", "fair", "shelf", "platform"), nullable=False),
        sa.Column("name_zh", sa.String(60), nullable=False),
        sa.Column("name_en", sa.String(100), nullable=False),
        sa.Column("collector", sa.String(60), nullable=False),
        sa.Column("contact_phone", sa.String(20), nullable=False),
        sa.Column("fee_bp", _NUMBER, nullable=False),
        sa.Column("wait_days", _NUMBER, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_sources")),
        sa.UniqueConstraint("slug", name=op.f("uq_outside_sources_slug")),
        sa.CheckConstraint("fee_bp >= 0 AND fee_bp <= 5000", name=op.f("ck_outside_sources_fee_is_a_part")),
        sa.CheckConstraint("wait_days > 0", name=op.f("ck_outside_sources_holds_for_a_day")),
    )
    op.create_table(
        "outside_imports",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("source_id", _NUMBER, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("orders", _NUMBER, nullable=False),
        sa.Column("request_token", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", _NUMBER, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lost", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_imports")),
        sa.UniqueConstraint("request_token", name=op.f("uq_outside_imports_request_token")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["outside_sources.id"], name=op.f("fk_outside_imports_source_id_outside_sources")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["users.id"], name=op.f("fk_outside_imports_made_by_id_users"), ondelete="SET NULL"
        ),
        sa.CheckConstraint("orders > 0", name=op.f("ck_outside_imports_has_orders")),
    )
    op.create_index(
        "ix_outside_imports_running", "outside_imports", ["id"], sqlite_where=_RUNS, postgresql_where=_RUNS
    )
    op.create_table(
        "outside_orders",
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("source_id", _NUMBER, nullable=False),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("paid_how", _words("paidhow", "cash", "transfer", "platform", "not_yet"), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("import_id", _NUMBER, nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", _NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_outside_orders")),
        sa.UniqueConstraint("source_id", "number", name=op.f("uq_outside_orders_source_id_number")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_outside_orders_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["outside_sources.id"], name=op.f("fk_outside_orders_source_id_outside_sources")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["outside_imports.id"], name=op.f("fk_outside_orders_import_id_outside_imports")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["users.id"], name=op.f("fk_outside_orders_entered_by_id_users"), ondelete="SET NULL"
        ),
        sa.CheckConstraint(
            "(paid_how = 'not_yet') = (paid_on IS NULL)", name=op.f("ck_outside_orders_paid_on_a_day")
        ),
    )
    for column in ("number", "ordered_on", "import_id"):
        op.create_index(op.f(f"ix_outside_orders_{column}"), "outside_orders", [column])
    op.create_table(
        "outside_refused",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("import_id", _NUMBER, nullable=False),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("row", _NUMBER, nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_refused")),
        sa.UniqueConstraint("import_id", "number", name=op.f("uq_outside_refused_import_id_number")),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["outside_imports.id"],
            name=op.f("fk_outside_refused_import_id_outside_imports"),
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    for table in ("outside_refused", "outside_orders", "outside_imports", "outside_sources"):
        op.drop_table(table)
