"""Reviews with their photos and history, wishlists, and who waits for what is sold out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047_reviews"
down_revision = "0046_conversations"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_COUNTS = ("stars_1", "stars_2", "stars_3", "stars_4", "stars_5", "hidden_reviews")
_WAITING = sa.text("told_at IS NULL")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def upgrade() -> None:
    with op.batch_alter_table("products") as products:
        for name in _COUNTS:
            products.add_column(sa.Column(name, _NUMBER, server_default=sa.text("0"), nullable=False))
        products.add_column(sa.Column("changed_at", _MOMENT, nullable=True))
    _make_reviews()
    _make_photos_and_history()
    _make_favourites()
    _make_restock_wishes()


def downgrade() -> None:
    for table in ("restock_wishes", "favourites", "review_events", "review_photos", "reviews"):
        op.drop_table(table)
    with op.batch_alter_table("products") as products:
        for name in ("changed_at", *reversed(_COUNTS)):
            products.drop_column(name)


def _make_reviews() -> None:
    reasons = ("abuse", "advertising", "private", "effect", "other_matter", "unlawful")
    op.create_table(
        "reviews",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("product_id", _NUMBER, nullable=False),
        sa.Column("user_id", _NUMBER, nullable=True),
        sa.Column("stars", _NUMBER, nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("shown_as", _enum("shownas", "nobody", "surname", "unit"), nullable=False),
        sa.Column("shown_name", sa.String(20), nullable=False),
        sa.Column("unit_id", _NUMBER, nullable=True),
        sa.Column(
            "status", _enum("reviewstatus", "waiting", "published", "hidden", "withdrawn"), nullable=False
        ),
        sa.Column("flags", sa.String(200), nullable=False),
        sa.Column("hidden_reason", _enum("hiddenreason", *reasons), nullable=True),
        sa.Column("hidden_words", sa.String(300), nullable=False),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("answer", sa.String(1000), nullable=False),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.Column("with_photos", sa.Boolean(), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_reviews_stars")),
        sa.CheckConstraint(
            "(status = 'hidden') = (hidden_reason IS NOT NULL)", name=op.f("ck_reviews_hidden_for_a_reason")
        ),
        sa.CheckConstraint("answered_at IS NULL OR answer <> ''", name=op.f("ck_reviews_answered_in_words")),
        _key("reviews", "order_id", "orders", "CASCADE"),
        _key("reviews", "product_id", "products", "CASCADE"),
        _key("reviews", "user_id", "users", "SET NULL"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_reviews_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("order_id", "product_id", name=op.f("uq_reviews_order_id_product_id")),
    )
    for column in ("user_id", "unit_id"):
        op.create_index(op.f(f"ix_reviews_{column}"), "reviews", [column])
    op.create_index("ix_reviews_product_newest", "reviews", ["product_id", "status", "written_at", "id"])
    op.create_index(
        "ix_reviews_product_lowest", "reviews", ["product_id", "status", "stars", "written_at", "id"]
    )
    op.create_index("ix_reviews_status_written_at", "reviews", ["status", "written_at"])


def _make_photos_and_history() -> None:
    op.create_table(
        "review_photos",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("review_id", _NUMBER, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("state", _enum("picturestate", "processing", "ready", "refused"), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        _key("review_photos", "review_id", "reviews", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_photos")),
        sa.UniqueConstraint("key", name=op.f("uq_review_photos_key")),
    )
    for column in ("review_id", "state"):
        op.create_index(op.f(f"ix_review_photos_{column}"), "review_photos", [column])
    op.create_table(
        "review_events",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("review_id", _NUMBER, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("actor_id", _NUMBER, nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        _key("review_events", "review_id", "reviews", "CASCADE"),
        _key("review_events", "actor_id", "users", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_events")),
    )
    op.create_index(op.f("ix_review_events_review_id"), "review_events", ["review_id"])


def _make_favourites() -> None:
    op.create_table(
        "favourites",
        sa.Column("user_id", _NUMBER, nullable=False),
        sa.Column("product_id", _NUMBER, nullable=False),
        sa.Column("price_fen", _NUMBER, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        _key("favourites", "user_id", "users", "CASCADE"),
        _key("favourites", "product_id", "products", "CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "product_id", name=op.f("pk_favourites")),
    )
    op.create_index(op.f("ix_favourites_product_id"), "favourites", ["product_id"])
    op.create_index("ix_favourites_user_added_at", "favourites", ["user_id", "added_at"])


def _make_restock_wishes() -> None:
    op.create_table(
        "restock_wishes",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("user_id", _NUMBER, nullable=False),
        sa.Column("variant_id", _NUMBER, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("told_at", _MOMENT, nullable=True),
        _key("restock_wishes", "user_id", "users", "CASCADE"),
        _key("restock_wishes", "variant_id", "variants", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restock_wishes")),
        sa.UniqueConstraint("user_id", "variant_id", name=op.f("uq_restock_wishes_user_id_variant_id")),
    )
    op.create_index(
        "ix_restock_wishes_waiting",
        "restock_wishes",
        ["variant_id", "asked_at", "id"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_index("ix_restock_wishes_told", "restock_wishes", ["variant_id", "told_at"])


def _key(table: str, column: str, of: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{of}.id"], name=op.f(f"fk_{table}_{column}_{of}"), ondelete=ondelete
    )
