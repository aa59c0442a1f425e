"""Quotations: what organisations ask for, versions of an offer that stay as they were sent, contracts, and what arrived."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0057_quotations"
down_revision = "0056_gifts"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OF_ALL = sa.text("organisation_id IS NULL")
# All but who made it, and what the organisation said to it.
_FACTS = (
    "id, quotation_id, number, what_changed, goods_fen, freight_fen, discount_fen, discount_words, split_version,"
    " valid_until, delivery, pickup_point_id, run_id, province, city, district, address, days, place, terms, made_at,"
    " sent_at"
)
_OF_LINE = "SELECT 1 FROM quotation_versions WHERE id = {row}.version_id AND sent_at IS NOT NULL"
_OF_TIER = (
    "SELECT 1 FROM quotation_versions JOIN quotation_lines ON quotation_lines.version_id = quotation_versions.id"
    " WHERE quotation_lines.id = {row}.line_id AND sent_at IS NOT NULL"
)
_SENT = {"quotation_lines": _OF_LINE, "quotation_tiers": _OF_TIER}
# In the order in which they can be dropped.
_TABLES = (
    "quotation_tiers goods_receipt_lines quotation_lines quotation_items quotation_contracts quotation_agreements"
    " organisation_prices quotation_versions goods_receipts quotations"
)


def upgrade() -> None:
    op.create_table('quotations',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('organisation_id', _NUMBER, nullable=False),
    sa.Column('state', sa.Enum('requested', 'quoted', 'changes', 'accepted', 'declined', 'withdrawn', name='quotationstate', native_enum=False, length=32), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('contact', sa.String(length=60), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=False),
    sa.Column('wanted', sa.String(length=120), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('words', sa.String(length=1000), nullable=False),
    sa.Column('two_accept', sa.Boolean(), nullable=False),
    sa.Column('requested_by_id', _NUMBER, nullable=True),
    sa.Column('requested_at', _MOMENT, nullable=False),
    sa.Column('waits_since', _MOMENT, nullable=False),
    sa.Column('decision', sa.String(length=300), nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_quotations_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['requested_by_id'], ['users.id'], name=op.f('fk_quotations_requested_by_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quotations')),
    sa.UniqueConstraint('number', name=op.f('uq_quotations_number')),
    sa.UniqueConstraint('token', name=op.f('uq_quotations_token'))
    )
    op.create_index('ix_quotations_organisation', 'quotations', ['organisation_id', 'id'])
    op.create_index(op.f('ix_quotations_requested_by_id'), 'quotations', ['requested_by_id'])
    op.create_index('ix_quotations_state', 'quotations', ['state', 'id'])

    op.create_table('goods_receipts',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('quotation_id', _NUMBER, nullable=False),
    sa.Column('state', sa.Enum('written', 'short', 'credited', 'whole', 'disputed', name='receiptstate', native_enum=False, length=32), nullable=False),
    sa.Column('words', sa.String(length=500), nullable=False),
    sa.Column('written_at', _MOMENT, nullable=False),
    sa.Column('written_by_id', _NUMBER, nullable=True),
    sa.Column('seconded_at', _MOMENT, nullable=True),
    sa.Column('seconded_by_id', _NUMBER, nullable=True),
    sa.Column('settled_at', _MOMENT, nullable=True),
    sa.Column('settled_by_id', _NUMBER, nullable=True),
    sa.Column('answer', sa.String(length=300), nullable=False),
    sa.CheckConstraint('seconded_by_id IS NULL OR seconded_by_id <> written_by_id', name=op.f('ck_goods_receipts_two_persons')),
    sa.ForeignKeyConstraint(['quotation_id'], ['quotations.id'], name=op.f('fk_goods_receipts_quotation_id_quotations')),
    sa.ForeignKeyConstraint(['seconded_by_id'], ['users.id'], name=op.f('fk_goods_receipts_seconded_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['settled_by_id'], ['users.id'], name=op.f('fk_goods_receipts_settled_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['written_by_id'], ['users.id'], name=op.f('fk_goods_receipts_written_by_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_goods_receipts')),
    sa.UniqueConstraint('quotation_id', name=op.f('uq_goods_receipts_quotation_id'))
    )
    op.create_index('ix_goods_receipts_state', 'goods_receipts', ['state', 'id'])

    op.create_table('quotation_versions',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('quotation_id', _NUMBER, nullable=False),
    sa.Column('number', _NUMBER, nullable=False),
    sa.Column('what_changed', sa.String(length=120), nullable=False),
    sa.Column('goods_fen', _NUMBER, nullable=False),
    sa.Column('freight_fen', _NUMBER, nullable=False),
    sa.Column('discount_fen', _NUMBER, nullable=False),
    sa.Column('discount_words', sa.String(length=80), nullable=False),
    sa.Column('split_version', _NUMBER, nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=False),
    sa.Column('delivery', sa.Enum('pickup', 'courier', name='deliverykind', native_enum=False, length=32), nullable=False),
    sa.Column('pickup_point_id', _NUMBER, nullable=True),
    sa.Column('run_id', _NUMBER, nullable=True),
    sa.Column('province', sa.String(length=40), nullable=True),
    sa.Column('city', sa.String(length=40), nullable=True),
    sa.Column('district', sa.String(length=40), nullable=True),
    sa.Column('address', sa.String(length=200), nullable=True),
    sa.Column('days', sa.String(length=120), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('terms', sa.String(length=2000), nullable=False),
    sa.Column('made_at', _MOMENT, nullable=False),
    sa.Column('made_by_id', _NUMBER, nullable=True),
    sa.Column('sent_at', _MOMENT, nullable=True),
    sa.Column('wish', sa.String(length=500), nullable=False),
    sa.Column('wished_at', _MOMENT, nullable=True),
    sa.Column('wished_by_id', _NUMBER, nullable=True),
    sa.CheckConstraint("(delivery = 'pickup') = (run_id IS NOT NULL) AND (delivery = 'pickup') = (pickup_point_id IS NOT NULL) AND (delivery = 'courier') = (province IS NOT NULL)", name=op.f('ck_quotation_versions_one_way')),
    sa.CheckConstraint("(discount_fen > 0) = (discount_words <> '')", name=op.f('ck_quotation_versions_a_discount_has_words')),
    sa.CheckConstraint('goods_fen > 0 AND freight_fen >= 0 AND discount_fen >= 0 AND discount_fen < goods_fen', name=op.f('ck_quotation_versions_sane_amounts')),
    sa.ForeignKeyConstraint(['made_by_id'], ['users.id'], name=op.f('fk_quotation_versions_made_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['pickup_point_id'], ['pickup_points.id'], name=op.f('fk_quotation_versions_pickup_point_id_pickup_points')),
    sa.ForeignKeyConstraint(['quotation_id'], ['quotations.id'], name=op.f('fk_quotation_versions_quotation_id_quotations'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_quotation_versions_run_id_runs')),
    sa.ForeignKeyConstraint(['split_version'], ['split_rules.version'], name=op.f('fk_quotation_versions_split_version_split_rules')),
    sa.ForeignKeyConstraint(['wished_by_id'], ['users.id'], name=op.f('fk_quotation_versions_wished_by_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quotation_versions')),
    sa.UniqueConstraint('quotation_id', 'number', name=op.f('uq_quotation_versions_quotation_id_number'))
    )
    op.create_table('organisation_prices',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('organisation_id', _NUMBER, nullable=True),
    sa.Column('variant_id', _NUMBER, nullable=False),
    sa.Column('from_quantity', _NUMBER, nullable=False),
    sa.Column('unit_price_fen', _NUMBER, nullable=False),
    sa.Column('set_at', _MOMENT, nullable=False),
    sa.Column('set_by_id', _NUMBER, nullable=True),
    sa.CheckConstraint('from_quantity > 0 AND unit_price_fen > 0', name=op.f('ck_organisation_prices_something_for_something')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_organisation_prices_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['set_by_id'], ['users.id'], name=op.f('fk_organisation_prices_set_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_organisation_prices_variant_id_variants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisation_prices')),
    sa.UniqueConstraint('organisation_id', 'variant_id', 'from_quantity', name=op.f('uq_organisation_prices_organisation_id_variant_id_from_quantity'))
    )
    op.create_index(op.f('ix_organisation_prices_variant_id'), 'organisation_prices', ['variant_id'])
    op.create_index('uq_organisation_prices_of_all', 'organisation_prices', ['variant_id', 'from_quantity'], unique=True, sqlite_where=_OF_ALL, postgresql_where=_OF_ALL)

    op.create_table('quotation_agreements',
    sa.Column('quotation_id', _NUMBER, nullable=False),
    sa.Column('version_id', _NUMBER, nullable=False),
    sa.Column('order_id', _NUMBER, nullable=False),
    sa.Column('how', sa.Enum('online', 'contract', name='acceptedby', native_enum=False, length=32), nullable=False),
    sa.Column('accepted_at', _MOMENT, nullable=False),
    sa.Column('accepted_by_id', _NUMBER, nullable=True),
    sa.ForeignKeyConstraint(['accepted_by_id'], ['users.id'], name=op.f('fk_quotation_agreements_accepted_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_quotation_agreements_order_id_orders')),
    sa.ForeignKeyConstraint(['quotation_id'], ['quotations.id'], name=op.f('fk_quotation_agreements_quotation_id_quotations'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['version_id'], ['quotation_versions.id'], name=op.f('fk_quotation_agreements_version_id_quotation_versions')),
    sa.PrimaryKeyConstraint('quotation_id', name=op.f('pk_quotation_agreements')),
    sa.UniqueConstraint('order_id', name=op.f('uq_quotation_agreements_order_id')),
    sa.UniqueConstraint('version_id', name=op.f('uq_quotation_agreements_version_id'))
    )
    op.create_table('quotation_contracts',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('quotation_id', _NUMBER, nullable=False),
    sa.Column('version_id', _NUMBER, nullable=False),
    sa.Column('kind', sa.Enum('pdf', 'jpg', 'png', name='filekind', native_enum=False, length=32), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('size', _NUMBER, nullable=False),
    sa.Column('added_at', _MOMENT, nullable=False),
    sa.Column('added_by_id', _NUMBER, nullable=True),
    sa.ForeignKeyConstraint(['added_by_id'], ['users.id'], name=op.f('fk_quotation_contracts_added_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['quotation_id'], ['quotations.id'], name=op.f('fk_quotation_contracts_quotation_id_quotations'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['version_id'], ['quotation_versions.id'], name=op.f('fk_quotation_contracts_version_id_quotation_versions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quotation_contracts')),
    sa.UniqueConstraint('key', name=op.f('uq_quotation_contracts_key')),
    sa.UniqueConstraint('quotation_id', 'digest', name=op.f('uq_quotation_contracts_quotation_id_digest'))
    )
    op.create_index(op.f('ix_quotation_contracts_version_id'), 'quotation_contracts', ['version_id'])

    op.create_table('quotation_items',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('quotation_id', _NUMBER, nullable=False),
    sa.Column('variant_id', _NUMBER, nullable=False),
    sa.Column('quantity', _NUMBER, nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_quotation_items_quantity_positive')),
    sa.ForeignKeyConstraint(['quotation_id'], ['quotations.id'], name=op.f('fk_quotation_items_quotation_id_quotations'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_quotation_items_variant_id_variants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quotation_items')),
    sa.UniqueConstraint('quotation_id', 'variant_id', name=op.f('uq_quotation_items_quotation_id_variant_id'))
    )
    op.create_index(op.f('ix_quotation_items_variant_id'), 'quotation_items', ['variant_id'])

    op.create_table('quotation_lines',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('version_id', _NUMBER, nullable=False),
    sa.Column('variant_id', _NUMBER, nullable=False),
    sa.Column('product_name_zh', sa.String(length=80), nullable=False),
    sa.Column('product_name_en', sa.String(length=120), nullable=False),
    sa.Column('variant_name_zh', sa.String(length=60), nullable=False),
    sa.Column('variant_name_en', sa.String(length=100), nullable=False),
    sa.Column('quantity', _NUMBER, nullable=False),
    sa.Column('unit_price_fen', _NUMBER, nullable=False),
    sa.Column('line_fen', _NUMBER, nullable=False),
    sa.CheckConstraint('line_fen = unit_price_fen * quantity', name=op.f('ck_quotation_lines_line_is_price_times_quantity')),
    sa.CheckConstraint('quantity > 0 AND unit_price_fen > 0', name=op.f('ck_quotation_lines_something_for_something')),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_quotation_lines_variant_id_variants')),
    sa.ForeignKeyConstraint(['version_id'], ['quotation_versions.id'], name=op.f('fk_quotation_lines_version_id_quotation_versions'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quotation_lines')),
    sa.UniqueConstraint('version_id', 'variant_id', name=op.f('uq_quotation_lines_version_id_variant_id'))
    )
    op.create_index(op.f('ix_quotation_lines_variant_id'), 'quotation_lines', ['variant_id'])

    op.create_table('goods_receipt_lines',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('receipt_id', _NUMBER, nullable=False),
    sa.Column('order_line_id', _NUMBER, nullable=False),
    sa.Column('ordered', _NUMBER, nullable=False),
    sa.Column('arrived', _NUMBER, nullable=False),
    sa.Column('words', sa.String(length=120), nullable=False),
    sa.CheckConstraint('arrived >= 0 AND arrived <= ordered', name=op.f('ck_goods_receipt_lines_no_more_than_ordered')),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_lines.id'], name=op.f('fk_goods_receipt_lines_order_line_id_order_lines')),
    sa.ForeignKeyConstraint(['receipt_id'], ['goods_receipts.id'], name=op.f('fk_goods_receipt_lines_receipt_id_goods_receipts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_goods_receipt_lines')),
    sa.UniqueConstraint('receipt_id', 'order_line_id', name=op.f('uq_goods_receipt_lines_receipt_id_order_line_id'))
    )
    op.create_index(op.f('ix_goods_receipt_lines_order_line_id'), 'goods_receipt_lines', ['order_line_id'])

    op.create_table('quotation_tiers',
    sa.Column('line_id', _NUMBER, nullable=False),
    sa.Column('from_quantity', _NUMBER, nullable=False),
    sa.Column('unit_price_fen', _NUMBER, nullable=False),
    sa.CheckConstraint('from_quantity > 0 AND unit_price_fen > 0', name=op.f('ck_quotation_tiers_something_for_something')),
    sa.ForeignKeyConstraint(['line_id'], ['quotation_lines.id'], name=op.f('fk_quotation_tiers_line_id_quotation_lines'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('line_id', 'from_quantity', name=op.f('pk_quotation_tiers'))
    )

    for statement in _triggers():
        op.execute(statement)


def downgrade() -> None:
    for table in _TABLES.split():
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in _SENT:
            op.execute(f"DROP FUNCTION refuse_sent_{table}()")


def _triggers() -> list[str]:
    """A version that was sent stays, with its lines: who changes an offer makes the next version."""
    return _on_postgresql() if op.get_bind().dialect.name == "postgresql" else _on_sqlite()


def _on_postgresql() -> list[str]:
    made = [
        "CREATE TRIGGER quotation_versions_no_change"
        f" BEFORE DELETE OR UPDATE OF {_FACTS} ON quotation_versions"
        " FOR EACH ROW WHEN (OLD.sent_at IS NOT NULL) EXECUTE FUNCTION refuse_change()"
    ]
    for table, is_sent in _SENT.items():
        made.append(
            f"CREATE FUNCTION refuse_sent_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF TG_OP <> 'INSERT' AND EXISTS ({is_sent.format(row='OLD')})"
            f" OR TG_OP <> 'DELETE' AND EXISTS ({is_sent.format(row='NEW')})"
            f" THEN RAISE EXCEPTION '{table} of a sent version stay'; END IF;"
            " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
        )
        made.append(
            f"CREATE TRIGGER {table}_no_change BEFORE INSERT OR UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION refuse_sent_{table}()"
        )
    return made


def _on_sqlite() -> list[str]:
    def refuse(table: str) -> str:
        return f"BEGIN SELECT RAISE(ABORT, '{table} of a sent version stay'); END"

    made = [
        f"CREATE TRIGGER quotation_versions_no_{verb.lower()} BEFORE {verb}{of} ON quotation_versions"
        f" WHEN OLD.sent_at IS NOT NULL {refuse('quotation_versions')}"
        for verb, of in (("UPDATE", f" OF {_FACTS}"), ("DELETE", ""))
    ]
    for table, is_sent in _SENT.items():
        for verb, rows in (("INSERT", ["NEW"]), ("UPDATE", ["OLD", "NEW"]), ("DELETE", ["OLD"])):
            found = " OR ".join(f"EXISTS ({is_sent.format(row=row)})" for row in rows)
            made.append(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} WHEN {found} {refuse(table)}"
            )
    return made
