"""Recalls to the end: who alone bears a refund, what is to be taken out of boxes, who proposed and refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049_recall_holds_to_the_end"
down_revision = "0048_coupons"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAITS = sa.text("done_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("refund_lines") as lines:
        lines.add_column(sa.Column("bearing_lot_id", _NUMBER, nullable=True))
        lines.create_foreign_key(
            op.f("fk_refund_lines_bearing_lot_id_lots"), "lots", ["bearing_lot_id"], ["id"]
        )
    with op.batch_alter_table("lot_recalls") as recalls:
        recalls.add_column(
            sa.Column("proposed_reason_zh", sa.String(300), nullable=False, server_default=sa.text("''"))
        )
        recalls.add_column(sa.Column("refused_by_id", _NUMBER, nullable=True))
        recalls.create_foreign_key(
            op.f("fk_lot_recalls_refused_by_id_users"), "users", ["refused_by_id"], ["id"], ondelete="SET NULL"
        )
    op.execute("UPDATE lot_recalls SET proposed_reason_zh = reason_zh WHERE state IN ('proposed', 'refused')")
    with op.batch_alter_table("recalled_orders") as orders:
        orders.add_column(sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE recalled_orders SET refunded_at = (SELECT min(created_at) FROM refunds"
        " WHERE refunds.order_id = recalled_orders.order_id AND request_token = 'recall:' ||"
        " CAST(recalled_orders.recall_id AS VARCHAR) || ':' || CAST(recalled_orders.order_id AS VARCHAR))"
    )
    op.execute(
        "UPDATE refund_lines SET bearing_lot_id = (SELECT lot_recalls.lot_id FROM refunds"
        " JOIN recalled_orders ON recalled_orders.order_id = refunds.order_id"
        " JOIN lot_recalls ON lot_recalls.id = recalled_orders.recall_id"
        " WHERE refunds.id = refund_lines.refund_id AND refunds.request_token = 'recall:' ||"
        " CAST(lot_recalls.id AS VARCHAR) || ':' || CAST(refunds.order_id AS VARCHAR))"
    )
    with op.batch_alter_table("lots") as lots:
        lots.add_column(sa.Column("in_question", sa.Boolean(), nullable=False, server_default=sa.false()))
    asked = sa.select(sa.column("lot_id")).select_from(sa.table("lot_recalls")).where(sa.column("state") == "proposed")
    lots_table = sa.table("lots", sa.column("id", _NUMBER), sa.column("in_question", sa.Boolean()))
    op.execute(sa.update(lots_table).where(lots_table.c.id.in_(asked)).values(in_question=sa.true()))
    op.create_table(
        "take_outs",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("recall_id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("packing_place_id", _NUMBER, nullable=False),
        sa.Column("run_id", _NUMBER, nullable=True),
        sa.Column("parcel_code", sa.String(16), nullable=False),
        sa.Column("task_code", sa.String(16), nullable=False),
        sa.Column("units", _NUMBER, nullable=False),
        sa.Column("task_ids", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", _NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_take_outs")),
        sa.ForeignKeyConstraint(["recall_id"], ["lot_recalls.id"], name=op.f("fk_take_outs_recall_id_lot_recalls")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_take_outs_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["packing_place_id"], ["packing_places.id"], name=op.f("fk_take_outs_packing_place_id_packing_places")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_take_outs_run_id_runs")),
        sa.ForeignKeyConstraint(
            ["done_by_id"], ["users.id"], name=op.f("fk_take_outs_done_by_id_users"), ondelete="SET NULL"
        ),
        sa.CheckConstraint("units > 0", name=op.f("ck_take_outs_units_positive")),
        sa.CheckConstraint(
            "(parcel_code = '') <> (task_code = '')", name=op.f("ck_take_outs_in_a_box_or_loose")
        ),
        sa.UniqueConstraint(
            "recall_id", "parcel_code", "task_code", name=op.f("uq_take_outs_recall_id_parcel_code_task_code")
        ),
    )
    op.create_index(op.f("ix_take_outs_order_id"), "take_outs", ["order_id"])
    for name, column in (("waiting", "packing_place_id"), ("on_truck", "run_id")):
        op.create_index(
            f"ix_take_outs_{name}", "take_outs", [column], sqlite_where=_WAITS, postgresql_where=_WAITS
        )


def downgrade() -> None:
    op.drop_table("take_outs")
    with op.batch_alter_table("lots") as lots:
        lots.drop_column("in_question")
    with op.batch_alter_table("recalled_orders") as orders:
        orders.drop_column("refunded_at")
    with op.batch_alter_table("lot_recalls") as recalls:
        recalls.drop_constraint(op.f("fk_lot_recalls_refused_by_id_users"), type_="foreignkey")
        recalls.drop_column("refused_by_id")
        recalls.drop_column("proposed_reason_zh")
    with op.batch_alter_table("refund_lines") as lines:
        lines.drop_constraint(op.f("fk_refund_lines_bearing_lot_id_lots"), type_="foreignkey")
        lines.drop_column("bearing_lot_id")
