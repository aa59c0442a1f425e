"""Bank statements, which lines pay which payments, and what one person proposes and another confirms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_bank_statements"
down_revision = "0009_money_on_its_way"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_WAITS = sa.text("decided_at IS NULL")


def _key(table):
    return sa.Column("id", _NUMBER, nullable=False), sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _to(table, column, target, ondelete=None):
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def _check(table, name, text):
    return sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}"))


def _number(name, nullable=False):
    return sa.Column(name, _NUMBER, nullable=nullable)


def _text(name, length):
    return sa.Column(name, sa.String(length=length), nullable=False)


def _moment(name, nullable=False):
    return sa.Column(name, _MOMENT, nullable=nullable)


def upgrade() -> None:
    _statements()
    _lines()
    _matches()
    _memories()
    _proposals()


def _statements() -> None:
    table = "bank_statements"
    op.create_table(
        table,
        *_key(table),
        *(_text("digest", 64), _text("file_name", 120), _text("account", 8)),
        *(_number("lines"), _number("known"), _number("left_out")),
        *(_number("imported_by_id", nullable=True), _moment("imported_at")),
        _check(table, "counts_not_negative", "lines >= 0 AND known >= 0 AND left_out >= 0"),
        _to(table, "imported_by_id", "users", "SET NULL"),
        sa.UniqueConstraint("digest", name=op.f("uq_bank_statements_digest")),
    )
    op.create_index(op.f("ix_bank_statements_imported_at"), table, ["imported_at"])


def _lines() -> None:
    table = "bank_statement_lines"
    status = sa.Enum("open", "matched", "set_aside", name="linestatus", native_enum=False, length=32)
    op.create_table(
        table,
        *_key(table),
        *(_number("statement_id"), _number("row"), _text("fingerprint", 64)),
        sa.Column("booked_on", sa.Date(), nullable=False),
        *(_number("amount_fen"), _number("matched_fen")),
        *(_text("payer", 200), _text("payer_key", 200), _text("payer_account", 8)),
        *(_text("remark", 300), _text("serial", 80)),
        sa.Column("status", status, nullable=False),
        _text("reason", 200),
        *(_number("set_aside_by_id", nullable=True), _moment("set_aside_at", nullable=True)),
        _check(table, "amount_positive", "amount_fen > 0"),
        _check(table, "never_more_than_came", "matched_fen >= 0 AND matched_fen <= amount_fen"),
        _check(table, "matched_when_nothing_is_left", "(status = 'matched') = (matched_fen = amount_fen)"),
        _to(table, "statement_id", "bank_statements"),
        _to(table, "set_aside_by_id", "users", "SET NULL"),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_bank_statement_lines_fingerprint")),
    )
    op.create_index("ix_bank_statement_lines_status_booked_on", table, ["status", "booked_on", "id"])
    op.create_index("ix_bank_statement_lines_booked_on", table, ["booked_on", "id"])
    for column in ("statement_id", "payer_key"):
        op.create_index(op.f(f"ix_bank_statement_lines_{column}"), table, [column])


def _matches() -> None:
    table = "bank_matches"
    op.create_table(
        table,
        *_key(table),
        *(_number("line_id"), _number("payment_id"), _number("amount_fen")),
        *(_number("made_by_id", nullable=True), _moment("made_at"), _moment("confirmed_at", nullable=True)),
        _check(table, "amount_positive", "amount_fen > 0"),
        _to(table, "line_id", "bank_statement_lines"),
        _to(table, "payment_id", "payments"),
        _to(table, "made_by_id", "users", "SET NULL"),
        sa.UniqueConstraint("line_id", "payment_id", name=op.f("uq_bank_matches_line_id_payment_id")),
    )
    op.create_index(op.f("ix_bank_matches_payment_id"), table, ["payment_id"])


def _memories() -> None:
    op.create_table(
        "bank_payers",
        *_key("bank_payers"),
        *(_text("payer_key", 200), _number("user_id"), _number("times"), _moment("last_at")),
        _to("bank_payers", "user_id", "users", "CASCADE"),
        sa.UniqueConstraint("payer_key", "user_id", name=op.f("uq_bank_payers_payer_key_user_id")),
    )
    op.create_index(op.f("ix_bank_payers_user_id"), "bank_payers", ["user_id"])
    op.create_table(
        "bank_columns",
        *_key("bank_columns"),
        _text("signature", 64),
        sa.Column("places", sa.JSON(), nullable=False),
        _text("account", 8),
        *(_number("changed_by_id", nullable=True), _moment("changed_at")),
        _to("bank_columns", "changed_by_id", "users", "SET NULL"),
        sa.UniqueConstraint("signature", name=op.f("uq_bank_columns_signature")),
    )


def _proposals() -> None:
    table = "transfer_proposals"
    op.create_table(
        table,
        *_key(table),
        *(_number("payment_id", nullable=True), _number("refund_id", nullable=True), _number("amount_fen")),
        *(_number("proposed_by_id", nullable=True), _moment("proposed_at")),
        *(_number("decided_by_id", nullable=True), _moment("decided_at", nullable=True)),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        _check(table, "about_one_thing", "(payment_id IS NULL) <> (refund_id IS NULL)"),
        _check(table, "amount_positive", "amount_fen > 0"),
        _check(table, "by_two_persons", "NOT agreed OR decided_by_id <> proposed_by_id"),
        _to(table, "payment_id", "payments"),
        _to(table, "refund_id", "refunds"),
        _to(table, "proposed_by_id", "users", "SET NULL"),
        _to(table, "decided_by_id", "users", "SET NULL"),
    )
    op.create_index("ix_transfer_proposals_decided_at", table, ["decided_at", "id"])
    for thing in ("payment", "refund"):
        op.create_index(
            f"uq_transfer_proposals_open_{thing}",
            table,
            [f"{thing}_id"],
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        )


def downgrade() -> None:
    for table in (
        *("transfer_proposals", "bank_columns", "bank_payers", "bank_matches"),
        *("bank_statement_lines", "bank_statements"),
    ):
        op.drop_table(table)
