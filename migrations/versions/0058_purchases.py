"""Purchases of departments: which orders count for whom, targets, the public platform's orders, layouts of the statement."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0058_purchases"
down_revision = "0057_quotations"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = (
    "statement_exports", "platform_purchases", "counted_purchases", "unit_targets", "unit_reminders",
    "statement_layout_versions", "platform_imports", "purchase_buyers", "statement_layouts", "purchase_channels",
    "origin_statuses",
)  # fmt: skip


def upgrade() -> None:
    op.create_table('origin_statuses',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('county_zh', sa.String(length=40), nullable=False),
    sa.Column('status_zh', sa.String(length=40), nullable=False),
    sa.Column('status_en', sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_origin_statuses')),
    sa.UniqueConstraint('county_zh', name=op.f('uq_origin_statuses_county_zh'))
    )
    op.create_table('purchase_channels',
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.Enum('direct', 'helped', name='purchasekind', native_enum=False, length=32), nullable=False),
    sa.PrimaryKeyConstraint('channel', name=op.f('pk_purchase_channels'))
    )
    op.create_table('statement_layouts',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('slug', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement_layouts')),
    sa.UniqueConstraint('name', name=op.f('uq_statement_layouts_name')),
    sa.UniqueConstraint('slug', name=op.f('uq_statement_layouts_slug'))
    )
    op.create_table('purchase_buyers',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('organisation_id', _NUMBER, nullable=False),
    sa.Column('unit_id', _NUMBER, nullable=True),
    sa.Column('funding', sa.Enum('union', 'canteen', 'administration', 'personal', 'other', name='funding', native_enum=False, length=32), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_purchase_buyers_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_purchase_buyers_unit_id_units')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchase_buyers')),
    sa.UniqueConstraint('organisation_id', name=op.f('uq_purchase_buyers_organisation_id'))
    )
    op.create_index(op.f('ix_purchase_buyers_unit_id'), 'purchase_buyers', ['unit_id'])

    op.create_table('platform_imports',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('rows', _NUMBER, nullable=False),
    sa.Column('amount_fen', _NUMBER, nullable=False),
    sa.Column('imported_at', _MOMENT, nullable=False),
    sa.Column('imported_by_id', _NUMBER, nullable=True),
    sa.ForeignKeyConstraint(['imported_by_id'], ['users.id'], name=op.f('fk_platform_imports_imported_by_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_platform_imports')),
    sa.UniqueConstraint('digest', name=op.f('uq_platform_imports_digest'))
    )
    op.create_table('statement_layout_versions',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('layout_id', _NUMBER, nullable=False),
    sa.Column('version', _NUMBER, nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('made_at', _MOMENT, nullable=False),
    sa.Column('made_by_id', _NUMBER, nullable=True),
    sa.CheckConstraint('version > 0', name=op.f('ck_statement_layout_versions_version_positive')),
    sa.ForeignKeyConstraint(['layout_id'], ['statement_layouts.id'], name=op.f('fk_statement_layout_versions_layout_id_statement_layouts')),
    sa.ForeignKeyConstraint(['made_by_id'], ['users.id'], name=op.f('fk_statement_layout_versions_made_by_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement_layout_versions')),
    sa.UniqueConstraint('layout_id', 'version', name=op.f('uq_statement_layout_versions_layout_id_version'))
    )
    op.create_table('unit_reminders',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('unit_id', _NUMBER, nullable=False),
    sa.Column('year', _NUMBER, nullable=False),
    sa.Column('bought_fen', _NUMBER, nullable=False),
    sa.Column('target_fen', _NUMBER, nullable=False),
    sa.Column('sent_at', _MOMENT, nullable=False),
    sa.Column('sent_by_id', _NUMBER, nullable=True),
    sa.ForeignKeyConstraint(['sent_by_id'], ['users.id'], name=op.f('fk_unit_reminders_sent_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_unit_reminders_unit_id_units')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_reminders'))
    )
    op.create_index('ix_unit_reminders_unit_id_sent_at', 'unit_reminders', ['unit_id', 'sent_at'])

    op.create_table('unit_targets',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('unit_id', _NUMBER, nullable=False),
    sa.Column('year', _NUMBER, nullable=False),
    sa.Column('version', _NUMBER, nullable=False),
    sa.Column('target_fen', _NUMBER, nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('set_at', _MOMENT, nullable=False),
    sa.Column('set_by_id', _NUMBER, nullable=True),
    sa.CheckConstraint('target_fen >= 0', name=op.f('ck_unit_targets_target_not_negative')),
    sa.CheckConstraint('version > 0', name=op.f('ck_unit_targets_version_positive')),
    sa.ForeignKeyConstraint(['set_by_id'], ['users.id'], name=op.f('fk_unit_targets_set_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_unit_targets_unit_id_units')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_targets')),
    sa.UniqueConstraint('unit_id', 'year', 'version', name=op.f('uq_unit_targets_unit_id_year_version'))
    )
    op.create_index('ix_unit_targets_year', 'unit_targets', ['year', 'unit_id', 'version'])

    op.create_table('counted_purchases',
    sa.Column('order_id', _NUMBER, nullable=False),
    sa.Column('unit_id', _NUMBER, nullable=True),
    sa.Column('organisation_id', _NUMBER, nullable=True),
    sa.Column('funding', sa.Enum('union', 'canteen', 'administration', 'personal', 'other', name='funding', native_enum=False, length=32), nullable=False),
    sa.Column('kind', sa.Enum('direct', 'helped', name='purchasekind', native_enum=False, length=32), nullable=False),
    sa.Column('outside_number', sa.String(length=64), nullable=True),
    sa.Column('counted_at', _MOMENT, nullable=False),
    sa.CheckConstraint("organisation_id IS NOT NULL OR funding = 'personal'", name=op.f('ck_counted_purchases_a_person_pays_alone')),
    sa.CheckConstraint('unit_id IS NOT NULL OR organisation_id IS NOT NULL', name=op.f('ck_counted_purchases_counts_for_somebody')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_counted_purchases_order_id_orders')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_counted_purchases_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_counted_purchases_unit_id_units')),
    sa.PrimaryKeyConstraint('order_id', name=op.f('pk_counted_purchases')),
    sa.UniqueConstraint('outside_number', name=op.f('uq_counted_purchases_outside_number'))
    )
    op.create_index(op.f('ix_counted_purchases_organisation_id'), 'counted_purchases', ['organisation_id'])
    op.create_index(op.f('ix_counted_purchases_unit_id'), 'counted_purchases', ['unit_id'])

    op.create_table('platform_purchases',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('import_id', _NUMBER, nullable=False),
    sa.Column('order_number', sa.String(length=64), nullable=False),
    sa.Column('item', _NUMBER, nullable=False),
    sa.Column('bought_on', sa.Date(), nullable=False),
    sa.Column('unit_id', _NUMBER, nullable=False),
    sa.Column('funding', sa.Enum('union', 'canteen', 'administration', 'personal', 'other', name='funding', native_enum=False, length=32), nullable=False),
    sa.Column('supplier', sa.String(length=120), nullable=False),
    sa.Column('county', sa.String(length=40), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('product', sa.String(length=120), nullable=False),
    sa.Column('quantity', _NUMBER, nullable=False),
    sa.Column('amount_fen', _NUMBER, nullable=False),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_platform_purchases_amount_positive')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_platform_purchases_quantity_positive')),
    sa.ForeignKeyConstraint(['import_id'], ['platform_imports.id'], name=op.f('fk_platform_purchases_import_id_platform_imports'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_platform_purchases_unit_id_units')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_platform_purchases')),
    sa.UniqueConstraint('order_number', 'item', name=op.f('uq_platform_purchases_order_number_item'))
    )
    op.create_index('ix_platform_purchases_bought_on', 'platform_purchases', ['bought_on', 'id'])
    op.create_index(op.f('ix_platform_purchases_import_id'), 'platform_purchases', ['import_id'])
    op.create_index('ix_platform_purchases_unit_id_bought_on', 'platform_purchases', ['unit_id', 'bought_on'])

    op.create_table('statement_exports',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('first', sa.Date(), nullable=False),
    sa.Column('last', sa.Date(), nullable=False),
    sa.Column('filters', sa.JSON(), nullable=False),
    sa.Column('layout_version_id', _NUMBER, nullable=True),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('rows', _NUMBER, nullable=False),
    sa.Column('net_fen', _NUMBER, nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('made_at', _MOMENT, nullable=False),
    sa.Column('made_by_id', _NUMBER, nullable=True),
    sa.ForeignKeyConstraint(['layout_version_id'], ['statement_layout_versions.id'], name=op.f('fk_statement_exports_layout_version_id_statement_layout_versions')),
    sa.ForeignKeyConstraint(['made_by_id'], ['users.id'], name=op.f('fk_statement_exports_made_by_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement_exports'))
    )
    op.create_index(op.f('ix_statement_exports_layout_version_id'), 'statement_exports', ['layout_version_id'])
    op.create_index('ix_statement_exports_made_at', 'statement_exports', ['made_at', 'id'])

    op.add_column('orders', sa.Column('counts_for_unit', sa.Boolean(), server_default=sa.false(), nullable=False))

    op.add_column('users', sa.Column('counts_for_unit', sa.Boolean(), nullable=True))
    op.execute(
        "INSERT INTO counted_purchases (order_id, unit_id, organisation_id, funding, kind, counted_at)"
        " SELECT id, NULL, organisation_id, 'other', 'direct', confirmed_at FROM orders"
        " WHERE organisation_id IS NOT NULL AND confirmed_at IS NOT NULL"
    )


def downgrade() -> None:
    with op.batch_alter_table("users") as users:
        users.drop_column("counts_for_unit")
    with op.batch_alter_table("orders") as orders:
        orders.drop_column("counts_for_unit")
    for table in _TABLES:
        op.drop_table(table)
