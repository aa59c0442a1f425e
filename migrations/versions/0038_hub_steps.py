"""What the county hub does is written down with what it costs, and villages ask it to pack lots anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038_hub_steps"
down_revision = "0037_message_choices"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KIND = sa.Enum("receive", "assemble", "repack", "merge", name="hubstepkind", native_enum=False, length=32)
_STANDS = sa.text("undone_at IS NULL")
_WAITS = sa.text("done_at IS NULL AND withdrawn_at IS NULL")
_STANDS_PACKED = sa.text("status = 'packed' AND loaded_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "hub_rates",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("receive_fen", _NUMBER, nullable=False),
        sa.Column("assemble_fen", _NUMBER, nullable=False),
        sa.Column("repack_fen", _NUMBER, nullable=False),
        sa.Column("merge_fen", _NUMBER, nullable=False),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.Column("written_by_id", _NUMBER, nullable=True),
        sa.CheckConstraint(
            "receive_fen >= 0 AND assemble_fen >= 0 AND repack_fen >= 0 AND merge_fen >= 0",
            name=op.f("ck_hub_rates_nothing_below_zero"),
        ),
        _person("hub_rates", "written_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_rates")),
    )
    op.create_index("ix_hub_rates_valid_from", "hub_rates", ["valid_from", "id"])
    _steps()
    _requests()
    op.create_index(
        "ix_parcels_standing",
        "parcels",
        ["order_id"],
        sqlite_where=_STANDS_PACKED,
        postgresql_where=_STANDS_PACKED,
    )


def downgrade() -> None:
    op.drop_index("ix_parcels_standing", "parcels")
    op.drop_table("repack_requests")
    op.drop_table("merged_parcels")
    op.drop_table("hub_steps")
    op.drop_table("hub_rates")


def _steps() -> None:
    op.create_table(
        "hub_steps",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("kind", _KIND, nullable=False),
        sa.Column("packing_place_id", _NUMBER, nullable=False),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("order_id", _NUMBER, nullable=True),
        sa.Column("lot_id", _NUMBER, nullable=True),
        sa.Column("count", _NUMBER, nullable=False),
        sa.Column("price_fen", _NUMBER, nullable=False),
        sa.Column("done_at", _MOMENT, nullable=False),
        sa.Column("done_by_id", _NUMBER, nullable=True),
        sa.Column("undone_at", _MOMENT, nullable=True),
        sa.Column("undone_by_id", _NUMBER, nullable=True),
        sa.CheckConstraint("count > 0", name=op.f("ck_hub_steps_count_positive")),
        sa.CheckConstraint("price_fen >= 0", name=op.f("ck_hub_steps_price_not_negative")),
        _of("hub_steps", "packing_place_id", "packing_places"),
        _of("hub_steps", "order_id", "orders"),
        _of("hub_steps", "lot_id", "lots"),
        _person("hub_steps", "done_by_id"),
        _person("hub_steps", "undone_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_steps")),
    )
    op.create_index(
        "uq_hub_steps_that_stand",
        "hub_steps",
        ["kind", "subject"],
        unique=True,
        sqlite_where=_STANDS,
        postgresql_where=_STANDS,
    )
    op.create_index("ix_hub_steps_place_done_at", "hub_steps", ["packing_place_id", "done_at"])
    op.create_index("ix_hub_steps_done_at", "hub_steps", ["done_at"])
    op.create_index(op.f("ix_hub_steps_order_id"), "hub_steps", ["order_id"])
    op.create_index(op.f("ix_hub_steps_lot_id"), "hub_steps", ["lot_id"])
    op.create_table(
        "merged_parcels",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("step_id", _NUMBER, nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("packing_place_id", _NUMBER, nullable=False),
        sa.Column("weight_g", _NUMBER, nullable=False),
        sa.Column("packed_at", _MOMENT, nullable=False),
        sa.Column("packed_by_id", _NUMBER, nullable=True),
        sa.Column("task_ids", sa.JSON(), nullable=False),
        _of("merged_parcels", "step_id", "hub_steps"),
        _of("merged_parcels", "packing_place_id", "packing_places"),
        _person("merged_parcels", "packed_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merged_parcels")),
    )
    op.create_index(op.f("ix_merged_parcels_step_id"), "merged_parcels", ["step_id"])
    op.create_index(op.f("ix_merged_parcels_code"), "merged_parcels", ["code"])


def _requests() -> None:
    op.create_table(
        "repack_requests",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("packing_place_id", _NUMBER, nullable=False),
        sa.Column("producer_id", _NUMBER, nullable=False),
        sa.Column("variant_id", _NUMBER, nullable=False),
        sa.Column("units", _NUMBER, nullable=False),
        sa.Column("taken", sa.JSON(), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("asked_by_id", _NUMBER, nullable=True),
        sa.Column("attempt", _NUMBER, nullable=False),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.Column("lot_id", _NUMBER, nullable=True),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.Column("withdrawn_by_id", _NUMBER, nullable=True),
        sa.CheckConstraint("units > 0", name=op.f("ck_repack_requests_units_positive")),
        sa.CheckConstraint(
            "done_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_repack_requests_done_or_withdrawn")
        ),
        sa.CheckConstraint(
            "(done_at IS NULL) = (lot_id IS NULL)", name=op.f("ck_repack_requests_done_has_lot")
        ),
        _of("repack_requests", "packing_place_id", "packing_places"),
        _of("repack_requests", "producer_id", "producers"),
        _of("repack_requests", "variant_id", "variants"),
        _of("repack_requests", "lot_id", "lots"),
        _person("repack_requests", "asked_by_id"),
        _person("repack_requests", "withdrawn_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repack_requests")),
        sa.UniqueConstraint("token", name=op.f("uq_repack_requests_token")),
        sa.UniqueConstraint("lot_id", name=op.f("uq_repack_requests_lot_id")),
    )
    op.create_index(op.f("ix_repack_requests_producer_id"), "repack_requests", ["producer_id"])
    op.create_index(
        "ix_repack_requests_waiting",
        "repack_requests",
        ["packing_place_id", "id"],
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    )


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_users")
    return sa.ForeignKeyConstraint([column], ["users.id"], name=name, ondelete="SET NULL")
