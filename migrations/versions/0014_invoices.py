"""Invoices of the tax platform with their red letters, what is sold by rate, and purchase vouchers.

What was sold and refunded before is entered by rate as it would have been then, and who had asked for an invoice gets
a request.
"""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0014_invoices"
down_revision = "0013_claims"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_BATCH = 1000


def upgrade() -> None:
    op.add_column(
        "order_lines", sa.Column("tax_exempt", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "sellers", sa.Column("buys_from_households", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    _create_rates()
    _create_numbers()
    _create_invoices()
    _create_papers()
    _create_vouchers()
    _carry_over()


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def _key() -> sa.Column:
    return sa.Column("id", _NUMBER, nullable=False)


def _to(table: str, column: str, other: str, other_column: str = "id", **how: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.{other_column}"], name=name, **how)


def _to_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return _to(table, column, "users", ondelete="SET NULL")


def _only(name: str, table: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, table, columns, unique=True, sqlite_where=only, postgresql_where=only)


def _create_rates() -> None:
    op.create_table(
        "variant_taxes",
        _key(),
        sa.Column("variant_id", _NUMBER, nullable=False),
        sa.Column("seller_id", _NUMBER, nullable=False),
        sa.Column("tax_rate_bp", _NUMBER, nullable=False),
        sa.Column("tax_exempt", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "tax_rate_bp >= 0 AND tax_rate_bp <= 10000", name=op.f("ck_variant_taxes_rate_is_a_share")
        ),
        sa.CheckConstraint(
            "tax_exempt = false OR tax_rate_bp = 0", name=op.f("ck_variant_taxes_exempt_has_no_rate")
        ),
        _to("variant_taxes", "variant_id", "variants", ondelete="CASCADE"),
        _to("variant_taxes", "seller_id", "sellers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variant_taxes")),
        sa.UniqueConstraint("variant_id", "seller_id", name=op.f("uq_variant_taxes_variant_id_seller_id")),
    )
    op.create_index(op.f("ix_variant_taxes_seller_id"), "variant_taxes", ["seller_id"])
    op.create_table(
        "tax_entries",
        _key(),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("refund_id", _NUMBER, nullable=True),
        sa.Column("seller_id", _NUMBER, nullable=False),
        sa.Column("tax_rate_bp", _NUMBER, nullable=False),
        sa.Column("tax_exempt", sa.Boolean(), nullable=False),
        sa.Column("amount_fen", _NUMBER, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "(refund_id IS NULL AND amount_fen > 0) OR amount_fen < 0",
            name=op.f("ck_tax_entries_sale_or_refund"),
        ),
        sa.CheckConstraint(
            "tax_exempt = false OR tax_rate_bp = 0", name=op.f("ck_tax_entries_exempt_has_no_rate")
        ),
        _to("tax_entries", "order_id", "orders"),
        _to("tax_entries", "refund_id", "refunds"),
        _to("tax_entries", "seller_id", "sellers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_entries")),
        sa.UniqueConstraint(
            "refund_id",
            "seller_id",
            "tax_rate_bp",
            "tax_exempt",
            name=op.f("uq_tax_entries_refund_id_seller_id_tax_rate_bp_tax_exempt"),
        ),
    )
    op.create_index("ix_tax_entries_at", "tax_entries", ["at"])
    op.create_index(op.f("ix_tax_entries_order_id"), "tax_entries", ["order_id"])
    _only(
        "uq_tax_entries_sale",
        "tax_entries",
        ["order_id", "seller_id", "tax_rate_bp", "tax_exempt"],
        "refund_id IS NULL",
    )


def _create_numbers() -> None:
    op.create_table(
        "tax_documents",
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("kind", _enum("documentkind", "invoice", "red_letter", "voucher"), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("recorded_by_id", _NUMBER, nullable=True),
        sa.CheckConstraint("length(number) = 20", name=op.f("ck_tax_documents_twenty_digits")),
        _to_person("tax_documents", "recorded_by_id"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tax_documents")),
    )
    op.create_table(
        "number_series",
        sa.Column("seller_id", _NUMBER, nullable=False),
        sa.Column("series", _enum("series", "request", "voucher"), nullable=False),
        sa.Column("last", _NUMBER, nullable=False),
        _to("number_series", "seller_id", "sellers"),
        sa.PrimaryKeyConstraint("seller_id", "series", name=op.f("pk_number_series")),
    )


def _create_invoices() -> None:
    statuses = ("requested", "rejected", "withdrawn", "merged", "issued", "reversed")
    with_number = "status IN ('issued', 'reversed')"
    op.create_table(
        "invoices",
        _key(),
        sa.Column("seller_id", _NUMBER, nullable=False),
        sa.Column("sequence", _NUMBER, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("status", _enum("invoicestatus", *statuses), nullable=False),
        sa.Column("kind", _enum("invoicekind", "none", "personal", "organisation"), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("tax_number", sa.String(20), nullable=False),
        sa.Column("requested_at", _MOMENT, nullable=False),
        sa.Column("requested_by_id", _NUMBER, nullable=True),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("replaces_id", _NUMBER, nullable=True),
        sa.Column("merged_into_id", _NUMBER, nullable=True),
        sa.Column("document_number", sa.String(20), nullable=True),
        sa.Column("amount_fen", _NUMBER, nullable=True),
        sa.Column("issued_title", sa.String(120), nullable=False),
        sa.Column("issued_tax_number", sa.String(20), nullable=False),
        sa.Column("difference_reason", sa.String(300), nullable=False),
        sa.Column("issued_at", _MOMENT, nullable=True),
        sa.Column("issued_by_id", _NUMBER, nullable=True),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_invoices_sequence_positive")),
        sa.CheckConstraint(
            f"({with_number}) = (document_number IS NOT NULL)", name=op.f("ck_invoices_issued_has_number")
        ),
        sa.CheckConstraint(
            f"({with_number}) = (amount_fen IS NOT NULL AND issued_at IS NOT NULL)",
            name=op.f("ck_invoices_issued_has_amount"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_invoices_amount_positive")),
        sa.CheckConstraint(
            "(status = 'merged') = (merged_into_id IS NOT NULL)", name=op.f("ck_invoices_merged_into_another")
        ),
        _to("invoices", "seller_id", "sellers"),
        _to("invoices", "replaces_id", "invoices"),
        _to("invoices", "merged_into_id", "invoices"),
        _to("invoices", "document_number", "tax_documents", "number"),
        _to_person("invoices", "requested_by_id"),
        _to_person("invoices", "issued_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("seller_id", "sequence", name=op.f("uq_invoices_seller_id_sequence")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_invoices_replaces_id")),
        sa.UniqueConstraint("document_number", name=op.f("uq_invoices_document_number")),
    )
    op.create_index("ix_invoices_status_requested_at", "invoices", ["status", "requested_at"])
    op.create_index("ix_invoices_seller_title", "invoices", ["seller_id", "title"])
    op.create_index(op.f("ix_invoices_merged_into_id"), "invoices", ["merged_into_id"])
    op.create_table(
        "invoice_orders",
        sa.Column("invoice_id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("seller_id", _NUMBER, nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        _to("invoice_orders", "invoice_id", "invoices"),
        _to("invoice_orders", "order_id", "orders"),
        _to("invoice_orders", "seller_id", "sellers"),
        sa.PrimaryKeyConstraint("invoice_id", "order_id", name=op.f("pk_invoice_orders")),
    )
    op.create_index(op.f("ix_invoice_orders_order_id"), "invoice_orders", ["order_id"])
    _only("uq_invoice_orders_one_waits", "invoice_orders", ["order_id", "seller_id"], "waits")


def _create_papers() -> None:
    op.create_table(
        "invoice_parts",
        _key(),
        sa.Column("invoice_id", _NUMBER, nullable=False),
        sa.Column("order_id", _NUMBER, nullable=False),
        sa.Column("tax_rate_bp", _NUMBER, nullable=False),
        sa.Column("tax_exempt", sa.Boolean(), nullable=False),
        sa.Column("amount_fen", _NUMBER, nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_invoice_parts_amount_positive")),
        _to("invoice_parts", "invoice_id", "invoices"),
        _to("invoice_parts", "order_id", "orders"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_parts")),
        sa.UniqueConstraint(
            "invoice_id",
            "order_id",
            "tax_rate_bp",
            "tax_exempt",
            name=op.f("uq_invoice_parts_invoice_id_order_id_tax_rate_bp_tax_exempt"),
        ),
    )
    op.create_index(op.f("ix_invoice_parts_order_id"), "invoice_parts", ["order_id"])
    statuses = ("due", "requested", "confirmed", "issued", "dropped")
    op.create_table(
        "red_letters",
        _key(),
        sa.Column("invoice_id", _NUMBER, nullable=False),
        sa.Column("status", _enum("redletterstatus", *statuses), nullable=False),
        sa.Column("cause", _enum("redlettercause", "refund", "mistake", "return"), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("confirmation_number", sa.String(40), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("opened_by_id", _NUMBER, nullable=True),
        sa.Column("asked_at", _MOMENT, nullable=True),
        sa.Column("confirmed_at", _MOMENT, nullable=True),
        sa.Column("document_number", sa.String(20), nullable=True),
        sa.Column("issued_at", _MOMENT, nullable=True),
        sa.Column("issued_by_id", _NUMBER, nullable=True),
        sa.CheckConstraint(
            "(status = 'issued') = (document_number IS NOT NULL)", name=op.f("ck_red_letters_issued_has_number")
        ),
        _to("red_letters", "invoice_id", "invoices"),
        _to("red_letters", "document_number", "tax_documents", "number"),
        _to_person("red_letters", "opened_by_id"),
        _to_person("red_letters", "issued_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_red_letters")),
        sa.UniqueConstraint("document_number", name=op.f("uq_red_letters_document_number")),
    )
    op.create_index(op.f("ix_red_letters_invoice_id"), "red_letters", ["invoice_id"])
    op.create_index("ix_red_letters_status_opened_at", "red_letters", ["status", "opened_at"])
    _only("uq_red_letters_one_of_invoice", "red_letters", ["invoice_id"], "status <> 'dropped'")
    op.create_table(
        "invoice_files",
        _key(),
        sa.Column("invoice_id", _NUMBER, nullable=False),
        sa.Column("red", sa.Boolean(), nullable=False),
        sa.Column("kind", _enum("filekind", "pdf", "ofd", "xml"), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("added_by_id", _NUMBER, nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_invoice_files_size_positive")),
        _to("invoice_files", "invoice_id", "invoices"),
        _to_person("invoice_files", "added_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_files")),
        sa.UniqueConstraint("invoice_id", "red", "kind", name=op.f("uq_invoice_files_invoice_id_red_kind")),
        sa.UniqueConstraint("key", name=op.f("uq_invoice_files_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_invoice_files_digest")),
    )


def _create_vouchers() -> None:
    op.create_table(
        "purchase_vouchers",
        _key(),
        sa.Column("seller_id", _NUMBER, nullable=False),
        sa.Column("sequence", _NUMBER, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("payout_id", _NUMBER, nullable=False),
        sa.Column("household_id", _NUMBER, nullable=False),
        sa.Column("amount_fen", _NUMBER, nullable=False),
        sa.Column("status", _enum("voucherstatus", "due", "issued", "not_needed"), nullable=False),
        sa.Column("payee_kind", _enum("payeekind", "own", "relative", "cash"), nullable=True),
        sa.Column("relation", sa.String(40), nullable=False),
        sa.Column("name_sealed", sa.Text(), nullable=False),
        sa.Column("identity_sealed", sa.Text(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("document_number", sa.String(20), nullable=True),
        sa.Column("issued_at", _MOMENT, nullable=True),
        sa.Column("issued_by_id", _NUMBER, nullable=True),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_purchase_vouchers_amount_positive")),
        sa.CheckConstraint(
            "(status = 'issued') = (document_number IS NOT NULL)",
            name=op.f("ck_purchase_vouchers_issued_has_number"),
        ),
        sa.CheckConstraint(
            "(status = 'not_needed') = (reason <> '')", name=op.f("ck_purchase_vouchers_not_needed_has_reason")
        ),
        _to("purchase_vouchers", "seller_id", "sellers"),
        _to("purchase_vouchers", "payout_id", "payouts"),
        _to("purchase_vouchers", "household_id", "households"),
        _to("purchase_vouchers", "document_number", "tax_documents", "number"),
        _to_person("purchase_vouchers", "issued_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_vouchers")),
        sa.UniqueConstraint("seller_id", "sequence", name=op.f("uq_purchase_vouchers_seller_id_sequence")),
        sa.UniqueConstraint("payout_id", "seller_id", name=op.f("uq_purchase_vouchers_payout_id_seller_id")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_vouchers_number")),
        sa.UniqueConstraint("document_number", name=op.f("uq_purchase_vouchers_document_number")),
    )
    op.create_index(op.f("ix_purchase_vouchers_household_id"), "purchase_vouchers", ["household_id"])
    op.create_index(
        "ix_purchase_vouchers_status_opened_at", "purchase_vouchers", ["status", "opened_at"]
    )


def _table(name: str, *columns: str) -> sa.TableClause:
    kinds = {"tax_exempt": sa.Boolean(), "waits": sa.Boolean(), "at": _MOMENT}
    kinds |= dict.fromkeys(("confirmed_at", "settled_at", "created_at", "requested_at"), _MOMENT)
    texts = ("number", "status", "kind", "title", "tax_number", "invoice_kind", "invoice_title", "series")
    kinds |= dict.fromkeys((*texts, "reason", *_EMPTY), sa.String())
    return sa.table(name, *(sa.column(one, kinds.get(one, _NUMBER)) for one in columns))


_EMPTY = ("issued_title", "issued_tax_number", "difference_reason")
_RATE = ("seller_id", "tax_rate_bp", "tax_exempt")


def _carry_over() -> None:
    """Order by order, as they were confirmed."""
    connection = op.get_bind()
    orders = _table(
        "orders",
        *("id", "confirmed_at", "freight_fen", "invoice_kind", "invoice_title", "tax_number", "user_id"),
    )
    confirmed = sa.select(orders).where(orders.c.confirmed_at.is_not(None))
    found = connection.execute(confirmed.order_by(orders.c.confirmed_at, orders.c.id)).all()
    last: dict[int, int] = defaultdict(int)
    for start in range(0, len(found), _BATCH):
        _carry_batch(connection, found[start : start + _BATCH], last)
    series = _table("number_series", "seller_id", "series", "last")
    rows = [{"seller_id": seller, "series": "request", "last": count} for seller, count in last.items()]
    if rows:
        op.bulk_insert(series, rows)


def _carry_batch(connection: sa.Connection, orders: list, last: dict[int, int]) -> None:
    ids = [order.id for order in orders]
    lines, refunds, refunded = _lines(connection, ids), _refunds(connection, ids), _refunded(connection, ids)
    entries, requests = [], []
    for order in orders:
        standing = _sale(lines[order.id], order.freight_fen)
        entries += [_entry(order.id, None, key, fen, order.confirmed_at) for key, fen in standing.items()]
        for refund in refunds[order.id]:
            at = refund.settled_at or refund.created_at
            for key, fen in _taken(standing, refunded[refund.id], refund.freight_fen + refund.free_fen).items():
                standing[key] -= fen
                entries.append(_entry(order.id, refund.id, key, -fen, at))
        if order.invoice_kind != "none":
            requests += [(order, seller) for seller in sorted({key[0] for key, fen in standing.items() if fen > 0})]
    columns = ("order_id", "refund_id", *_RATE, "amount_fen", "at")
    if entries:
        op.bulk_insert(_table("tax_entries", *columns), entries)
    for order, seller_id in requests:
        last[seller_id] += 1
        _request(connection, order, seller_id, last[seller_id])


def _request(connection: sa.Connection, order: sa.Row, seller_id: int, sequence: int) -> None:
    invoices = _table(
        "invoices",
        *("id", "seller_id", "sequence", "number", "status", "kind", "title", "tax_number", "requested_at"),
        *("requested_by_id", "reason", *_EMPTY),
    )
    values = {
        "seller_id": seller_id,
        "sequence": sequence,
        "number": f"KP{seller_id}-{sequence:06d}",
        "status": "requested",
        "kind": order.invoice_kind,
        "title": order.invoice_title,
        "tax_number": order.tax_number,
        "requested_at": order.confirmed_at,
        "requested_by_id": order.user_id,
        "reason": "",
    } | dict.fromkeys(_EMPTY, "")
    invoice_id = connection.scalar(sa.insert(invoices).values(values).returning(invoices.c.id))
    of_order = {"invoice_id": invoice_id, "order_id": order.id, "seller_id": seller_id, "waits": True}
    op.bulk_insert(_table("invoice_orders", *of_order), [of_order])


def _entry(order_id: int, refund_id: int | None, key: tuple, fen: int, at: object) -> dict:
    return dict(zip(_RATE, key, strict=True)) | {
        "order_id": order_id,
        "refund_id": refund_id,
        "amount_fen": fen,
        "at": at,
    }


def _lines(connection: sa.Connection, order_ids: list[int]) -> dict:
    table = _table("order_lines", "id", "order_id", *_RATE, "line_fen")
    lines = defaultdict(list)
    for row in connection.execute(sa.select(table).where(table.c.order_id.in_(order_ids))):
        lines[row.order_id].append(((row.seller_id, row.tax_rate_bp, bool(row.tax_exempt)), row.line_fen))
    return lines


def _refunds(connection: sa.Connection, order_ids: list[int]) -> dict:
    """Of payments that confirmed their order; what came without an order was never a sale."""
    refunds = _table(
        "refunds",
        *("id", "order_id", "payment_id", "status", "freight_fen", "free_fen", "settled_at", "created_at"),
    )
    payments = _table("payments", "id", "status")
    wanted = (
        sa.select(refunds)
        .join(payments, payments.c.id == refunds.c.payment_id)
        .where(
            refunds.c.order_id.in_(order_ids),
            refunds.c.status == "succeeded",
            payments.c.status == "succeeded",
        )
        .order_by(refunds.c.settled_at, refunds.c.id)
    )
    found = defaultdict(list)
    for row in connection.execute(wanted):
        found[row.order_id].append(row)
    return found


def _refunded(connection: sa.Connection, order_ids: list[int]) -> dict:
    lines = _table("order_lines", "id", "order_id", *_RATE)
    back = _table("refund_lines", "id", "refund_id", "order_line_id", "amount_fen")
    wanted = (
        sa.select(back.c.refund_id, back.c.amount_fen, *(lines.c[name] for name in _RATE))
        .join(lines, lines.c.id == back.c.order_line_id)
        .where(lines.c.order_id.in_(order_ids))
        .order_by(back.c.id)
    )
    found = defaultdict(list)
    for row in connection.execute(wanted):
        found[row.refund_id].append(((row.seller_id, row.tax_rate_bp, bool(row.tax_exempt)), row.amount_fen))
    return found


def _sale(lines: list, freight_fen: int) -> dict:
    goods = defaultdict(int)
    for key, fen in lines:
        goods[key] += fen
    keys = sorted(goods)
    shares = _split(freight_fen, [goods[key] for key in keys])
    return {key: goods[key] + part for key, part in zip(keys, shares, strict=True)}


def _taken(standing: dict, lines: list, rest_fen: int) -> dict:
    left, taken = dict(standing), defaultdict(int)
    for key, fen in lines:
        part = min(fen, max(left.get(key, 0), 0))
        taken[key] += part
        left[key] = left.get(key, 0) - part
        rest_fen += fen - part
    keys = sorted(key for key, fen in left.items() if fen > 0)
    rest_fen = min(rest_fen, sum(left[key] for key in keys))
    for key, part in zip(keys, _split(rest_fen, [left[key] for key in keys]), strict=True):
        taken[key] += part
    return {key: fen for key, fen in taken.items() if fen}


def _split(total: int, weights: list[int]) -> list[int]:
    """By largest remainder."""
    whole = sum(weights)
    if not whole:
        return [0 for _ in weights]
    parts = [total * weight // whole for weight in weights]
    rest = [total * weight % whole for weight in weights]
    for place in sorted(range(len(weights)), key=lambda one: (-rest[one], one))[: total - sum(parts)]:
        parts[place] += 1
    return parts


def downgrade() -> None:
    for table in (
        *("purchase_vouchers", "invoice_files", "red_letters", "invoice_parts", "invoice_orders", "invoices"),
        *("number_series", "tax_documents", "tax_entries", "variant_taxes"),
    ):
        op.drop_table(table)
    op.drop_column("sellers", "buys_from_households")
    op.drop_column("order_lines", "tax_exempt")
