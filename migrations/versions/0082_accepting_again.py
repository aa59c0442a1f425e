"""Acceptances that know what was refunded, canteens' goods by count, and quotations that are accepted again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0082_accepting_again"
down_revision = "0081_years_of_families"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_COLUMNS = "quotation_id, version_id, order_id, how, accepted_at, accepted_by_id"
_STANDS = sa.text("ended_at IS NULL")
_HOW = sa.Enum("online", "contract", name="acceptedby", native_enum=False, length=32)
_SHORTAGE = sa.Enum("short", "credited", "disputed", name="shortage", native_enum=False, length=32)


def upgrade() -> None:
    with op.batch_alter_table("goods_receipt_lines") as lines:
        lines.add_column(sa.Column("refunded", _NUMBER, nullable=False, server_default=sa.text("0")))
    with op.batch_alter_table("goods_receipt_lines") as lines:
        lines.create_check_constraint(
            op.f("ck_goods_receipt_lines_no_more_refunded_than_ordered"), "refunded >= 0 AND refunded <= ordered"
        )
    _agreements_anew(one_each=False)
    _weighings()


def _weighings() -> None:
    with op.batch_alter_table("weighings") as weighings:
        weighings.add_column(sa.Column("reason", sa.String(length=300), nullable=False, server_default=""))
        weighings.add_column(sa.Column("shortage", _SHORTAGE, nullable=True))
        weighings.add_column(sa.Column("answer", sa.String(length=300), nullable=False, server_default=""))
        weighings.add_column(sa.Column("answered_at", _MOMENT, nullable=True))
        weighings.add_column(sa.Column("answered_by_id", _NUMBER, nullable=True))
    with op.batch_alter_table("weighings") as weighings:
        weighings.create_foreign_key(
            op.f("fk_weighings_answered_by_id_users"), "users", ["answered_by_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index("ix_weighings_shortage", "weighings", ["shortage", "id"])
    with op.batch_alter_table("weighing_lines") as lines:
        lines.add_column(sa.Column("arrived", _NUMBER, nullable=True))
        lines.add_column(sa.Column("refunded", _NUMBER, nullable=False, server_default=sa.text("0")))
        lines.add_column(sa.Column("refunded_fen", _NUMBER, nullable=False, server_default=sa.text("0")))
        lines.alter_column("received_g", existing_type=_NUMBER, nullable=True)
        lines.drop_constraint(op.f("ck_weighing_lines_something_arrived"), type_="check")
    with op.batch_alter_table("weighing_lines") as lines:
        lines.create_check_constraint(
            op.f("ck_weighing_lines_by_weight_or_by_count"), "(received_g IS NULL) <> (arrived IS NULL)"
        )
        lines.create_check_constraint(
            op.f("ck_weighing_lines_nothing_negative"),
            "coalesce(received_g, 0) >= 0 AND coalesce(arrived, 0) >= 0 AND refunded >= 0 AND refunded_fen >= 0",
        )


def _agreements_anew(*, one_each: bool) -> None:
    """Its key is another one: the rows go into a table that is made anew."""
    op.execute(f"CREATE TABLE agreements_before AS SELECT {_COLUMNS} FROM quotation_agreements")  # noqa: S608
    op.drop_table("quotation_agreements")
    columns = [
        sa.Column("quotation_id", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("version_id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("how", _HOW, nullable=False),
        sa.Column("accepted_at", _MOMENT, nullable=False),
        sa.Column("accepted_by_id", _NUMBER, nullable=True),
        _to("accepted_by_id", "users", ondelete="SET NULL"),
        _to("order_id", "orders"),
        _to("quotation_id", "quotations", ondelete="CASCADE"),
        _to("version_id", "quotation_versions"),
    ]
    if one_each:
        columns += [
            sa.PrimaryKeyConstraint("quotation_id", name=op.f("pk_quotation_agreements")),
            sa.UniqueConstraint("order_id", name=op.f("uq_quotation_agreements_order_id")),
            sa.UniqueConstraint("version_id", name=op.f("uq_quotation_agreements_version_id")),
        ]
    else:
        columns += [
            sa.Column("ended_at", _MOMENT, nullable=True),
            sa.PrimaryKeyConstraint("order_id", name=op.f("pk_quotation_agreements")),
        ]
    op.create_table("quotation_agreements", *columns)
    op.execute(
        f"INSERT INTO quotation_agreements ({_COLUMNS}) SELECT {_COLUMNS} FROM agreements_before"  # noqa: S608
    )
    op.drop_table("agreements_before")
    if not one_each:
        op.create_index("ix_quotation_agreements_quotation_id", "quotation_agreements", ["quotation_id"])
        op.create_index("ix_quotation_agreements_version_id", "quotation_agreements", ["version_id"])
        op.create_index(
            "uq_quotation_agreements_one_stands", "quotation_agreements", ["quotation_id"],
            unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS,
        )  # fmt: skip


def _to(column: str, other: str, **more: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_quotation_agreements_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, **more)


def downgrade() -> None:
    """Of a quotation that was accepted again, the agreement that stands, or else none, is kept."""
    op.execute("DELETE FROM quotation_agreements WHERE ended_at IS NOT NULL")
    _agreements_anew(one_each=True)
    op.execute("DELETE FROM weighing_lines WHERE received_g IS NULL OR received_g = 0")
    with op.batch_alter_table("weighing_lines") as lines:
        lines.drop_constraint(op.f("ck_weighing_lines_by_weight_or_by_count"), type_="check")
        lines.drop_constraint(op.f("ck_weighing_lines_nothing_negative"), type_="check")
    with op.batch_alter_table("weighing_lines") as lines:
        lines.alter_column("received_g", existing_type=_NUMBER, nullable=False)
        lines.create_check_constraint(op.f("ck_weighing_lines_something_arrived"), "received_g > 0")
        lines.drop_column("arrived")
        lines.drop_column("refunded")
        lines.drop_column("refunded_fen")
    op.drop_index("ix_weighings_shortage", "weighings")
    with op.batch_alter_table("weighings") as weighings:
        weighings.drop_constraint(op.f("fk_weighings_answered_by_id_users"), type_="foreignkey")
        for column in ("reason", "shortage", "answer", "answered_at", "answered_by_id"):
            weighings.drop_column(column)
    with op.batch_alter_table("goods_receipt_lines") as lines:
        lines.drop_constraint(op.f("ck_goods_receipt_lines_no_more_refunded_than_ordered"), type_="check")
        lines.drop_column("refunded")
