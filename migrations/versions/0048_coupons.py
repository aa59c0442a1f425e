"""Coupons: campaigns, codes and every use of one; orders and their lines say what these took off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048_coupons"
down_revision = "0047_reviews"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TOTAL, _REST = "ck_orders_total_is_goods_and_freight", "ck_orders_coupons_leave_something_to_pay"
_WITHIN = "ck_order_lines_discount_within_line"


def upgrade() -> None:
    op.create_table('coupon_campaigns',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('name_zh', sa.String(length=60), nullable=False),
    sa.Column('name_en', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.Enum('amount', 'percent', 'freight', name='couponkind', native_enum=False, length=32), nullable=False),
    sa.Column('amount_fen', _NUMBER, nullable=True),
    sa.Column('percent', _NUMBER, nullable=True),
    sa.Column('most_fen', _NUMBER, nullable=True),
    sa.Column('minimum_fen', _NUMBER, nullable=False),
    sa.Column('scope', sa.Enum('all', 'categories', 'products', 'villages', 'sellers', name='couponscope', native_enum=False, length=32), nullable=False),
    sa.Column('audience', sa.Enum('everyone', 'campus', 'first_order', 'units', 'accounts', name='couponaudience', native_enum=False, length=32), nullable=False),
    sa.Column('most_uses', _NUMBER, nullable=True),
    sa.Column('most_per_person', _NUMBER, nullable=False),
    sa.Column('budget_fen', _NUMBER, nullable=False),
    sa.Column('with_freight', sa.Boolean(), nullable=False),
    sa.Column('bearer', sa.Enum('shop', 'fund', name='couponbearer', native_enum=False, length=32), nullable=False),
    sa.Column('fund_name', sa.String(length=80), nullable=False),
    sa.Column('starts_at', _MOMENT, nullable=False),
    sa.Column('ends_at', _MOMENT, nullable=False),
    sa.Column('state', sa.Enum('proposed', 'declined', 'approved', 'paused', 'ended', name='campaignstate', native_enum=False, length=32), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('decision', sa.String(length=200), nullable=False),
    sa.Column('proposed_by_id', _NUMBER, nullable=True),
    sa.Column('proposed_at', _MOMENT, nullable=False),
    sa.Column('approved_by_id', _NUMBER, nullable=True),
    sa.Column('approved_at', _MOMENT, nullable=True),
    sa.Column('used_count', _NUMBER, nullable=False),
    sa.Column('spent_fen', _NUMBER, nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.CheckConstraint("(bearer = 'fund') = (fund_name <> '')", name=op.f('ck_coupon_campaigns_a_fund_has_a_name')),
    sa.CheckConstraint("(kind = 'amount') = (amount_fen IS NOT NULL)", name=op.f('ck_coupon_campaigns_amount_of_its_kind')),
    sa.CheckConstraint("(kind = 'percent') = (percent IS NOT NULL)", name=op.f('ck_coupon_campaigns_percent_of_its_kind')),
    sa.CheckConstraint("(most_fen IS NULL OR most_fen > 0) AND (kind <> 'percent' OR most_fen IS NOT NULL)", name=op.f('ck_coupon_campaigns_a_percentage_has_a_cap')),
    sa.CheckConstraint('amount_fen IS NULL OR amount_fen > 0', name=op.f('ck_coupon_campaigns_amount_positive')),
    sa.CheckConstraint('approved_by_id IS NULL OR approved_by_id <> proposed_by_id', name=op.f('ck_coupon_campaigns_two_persons')),
    sa.CheckConstraint('budget_fen > 0', name=op.f('ck_coupon_campaigns_budget_positive')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_coupon_campaigns_ends_after_it_begins')),
    sa.CheckConstraint('minimum_fen >= 0', name=op.f('ck_coupon_campaigns_minimum_not_negative')),
    sa.CheckConstraint('most_per_person > 0', name=op.f('ck_coupon_campaigns_most_per_person_positive')),
    sa.CheckConstraint('most_uses IS NULL OR most_uses > 0', name=op.f('ck_coupon_campaigns_most_uses_positive')),
    sa.CheckConstraint('percent IS NULL OR (percent > 0 AND percent < 100)', name=op.f('ck_coupon_campaigns_percent_in_range')),
    sa.CheckConstraint('spent_fen >= 0 AND spent_fen <= budget_fen', name=op.f('ck_coupon_campaigns_budget_kept')),
    sa.CheckConstraint('used_count >= 0 AND (most_uses IS NULL OR used_count <= most_uses)', name=op.f('ck_coupon_campaigns_uses_kept')),
    sa.ForeignKeyConstraint(['approved_by_id'], ['users.id'], name=op.f('fk_coupon_campaigns_approved_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['users.id'], name=op.f('fk_coupon_campaigns_proposed_by_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coupon_campaigns')),
    sa.UniqueConstraint('token', name=op.f('uq_coupon_campaigns_token'))
    )
    op.create_index('ix_coupon_campaigns_state', 'coupon_campaigns', ['state', 'id'])

    op.create_table('coupon_batches',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('campaign_id', _NUMBER, nullable=False),
    sa.Column('label', sa.String(length=60), nullable=False),
    sa.Column('count', _NUMBER, nullable=False),
    sa.Column('made_at', _MOMENT, nullable=False),
    sa.Column('made_by_id', _NUMBER, nullable=True),
    sa.Column('voided_at', _MOMENT, nullable=True),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.CheckConstraint('count > 0', name=op.f('ck_coupon_batches_count_positive')),
    sa.ForeignKeyConstraint(['campaign_id'], ['coupon_campaigns.id'], name=op.f('fk_coupon_batches_campaign_id_coupon_campaigns'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['made_by_id'], ['users.id'], name=op.f('fk_coupon_batches_made_by_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coupon_batches')),
    sa.UniqueConstraint('token', name=op.f('uq_coupon_batches_token'))
    )
    op.create_index(op.f('ix_coupon_batches_campaign_id'), 'coupon_batches', ['campaign_id'])

    op.create_table('coupon_counts',
    sa.Column('campaign_id', _NUMBER, nullable=False),
    sa.Column('user_id', _NUMBER, nullable=False),
    sa.Column('uses', _NUMBER, nullable=False),
    sa.CheckConstraint('uses >= 0', name=op.f('ck_coupon_counts_uses_not_negative')),
    sa.ForeignKeyConstraint(['campaign_id'], ['coupon_campaigns.id'], name=op.f('fk_coupon_counts_campaign_id_coupon_campaigns'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_coupon_counts_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('campaign_id', 'user_id', name=op.f('pk_coupon_counts'))
    )
    op.create_index(op.f('ix_coupon_counts_user_id'), 'coupon_counts', ['user_id'])

    op.create_table('coupon_invited',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('campaign_id', _NUMBER, nullable=False),
    sa.Column('unit_id', _NUMBER, nullable=True),
    sa.Column('user_id', _NUMBER, nullable=True),
    sa.CheckConstraint('(unit_id IS NULL) <> (user_id IS NULL)', name=op.f('ck_coupon_invited_one_of_both')),
    sa.ForeignKeyConstraint(['campaign_id'], ['coupon_campaigns.id'], name=op.f('fk_coupon_invited_campaign_id_coupon_campaigns'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_coupon_invited_unit_id_units')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_coupon_invited_user_id_users'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coupon_invited')),
    sa.UniqueConstraint('campaign_id', 'user_id', name=op.f('uq_coupon_invited_campaign_id_user_id'))
    )
    op.create_index(op.f('ix_coupon_invited_user_id'), 'coupon_invited', ['user_id'])

    op.create_table('coupon_targets',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('campaign_id', _NUMBER, nullable=False),
    sa.Column('category_id', _NUMBER, nullable=True),
    sa.Column('product_id', _NUMBER, nullable=True),
    sa.Column('village_id', _NUMBER, nullable=True),
    sa.Column('seller_id', _NUMBER, nullable=True),
    sa.CheckConstraint('(CASE WHEN category_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN product_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN village_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN seller_id IS NULL THEN 0 ELSE 1 END) = 1', name=op.f('ck_coupon_targets_one_thing')),
    sa.ForeignKeyConstraint(['campaign_id'], ['coupon_campaigns.id'], name=op.f('fk_coupon_targets_campaign_id_coupon_campaigns'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['category_id'], ['categories.id'], name=op.f('fk_coupon_targets_category_id_categories')),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_coupon_targets_product_id_products'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['seller_id'], ['sellers.id'], name=op.f('fk_coupon_targets_seller_id_sellers')),
    sa.ForeignKeyConstraint(['village_id'], ['villages.id'], name=op.f('fk_coupon_targets_village_id_villages')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coupon_targets'))
    )
    op.create_index(op.f('ix_coupon_targets_campaign_id'), 'coupon_targets', ['campaign_id'])

    op.create_table('coupon_codes',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('campaign_id', _NUMBER, nullable=False),
    sa.Column('batch_id', _NUMBER, nullable=True),
    sa.Column('serial', _NUMBER, nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('word', sa.String(length=24), nullable=True),
    sa.Column('most_uses', _NUMBER, nullable=True),
    sa.Column('used_count', _NUMBER, nullable=False),
    sa.CheckConstraint('(batch_id IS NULL) = (word IS NOT NULL)', name=op.f('ck_coupon_codes_a_word_or_of_a_batch')),
    sa.CheckConstraint('used_count >= 0 AND (most_uses IS NULL OR used_count <= most_uses)', name=op.f('ck_coupon_codes_uses_kept')),
    sa.ForeignKeyConstraint(['batch_id'], ['coupon_batches.id'], name=op.f('fk_coupon_codes_batch_id_coupon_batches'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['campaign_id'], ['coupon_campaigns.id'], name=op.f('fk_coupon_codes_campaign_id_coupon_campaigns'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coupon_codes')),
    sa.UniqueConstraint('batch_id', 'serial', name=op.f('uq_coupon_codes_batch_id_serial')),
    sa.UniqueConstraint('digest', name=op.f('uq_coupon_codes_digest'))
    )
    op.create_index(op.f('ix_coupon_codes_campaign_id'), 'coupon_codes', ['campaign_id'])

    op.create_table('basket_coupons',
    sa.Column('basket_id', _NUMBER, nullable=False),
    sa.Column('of_freight', sa.Boolean(), nullable=False),
    sa.Column('code_id', _NUMBER, nullable=False),
    sa.ForeignKeyConstraint(['basket_id'], ['baskets.id'], name=op.f('fk_basket_coupons_basket_id_baskets'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['code_id'], ['coupon_codes.id'], name=op.f('fk_basket_coupons_code_id_coupon_codes'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('basket_id', 'of_freight', name=op.f('pk_basket_coupons'))
    )
    op.create_index(op.f('ix_basket_coupons_code_id'), 'basket_coupons', ['code_id'])

    op.create_table('coupon_uses',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('campaign_id', _NUMBER, nullable=False),
    sa.Column('code_id', _NUMBER, nullable=False),
    sa.Column('order_id', _NUMBER, nullable=False),
    sa.Column('user_id', _NUMBER, nullable=True),
    sa.Column('of_freight', sa.Boolean(), nullable=False),
    sa.Column('off_fen', _NUMBER, nullable=False),
    sa.Column('state', sa.Enum('reserved', 'used', 'released', name='usestate', native_enum=False, length=32), nullable=False),
    sa.Column('at', _MOMENT, nullable=False),
    sa.Column('changed_at', _MOMENT, nullable=False),
    sa.CheckConstraint('off_fen > 0', name=op.f('ck_coupon_uses_off_positive')),
    sa.ForeignKeyConstraint(['campaign_id'], ['coupon_campaigns.id'], name=op.f('fk_coupon_uses_campaign_id_coupon_campaigns')),
    sa.ForeignKeyConstraint(['code_id'], ['coupon_codes.id'], name=op.f('fk_coupon_uses_code_id_coupon_codes')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_coupon_uses_order_id_orders')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_coupon_uses_user_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coupon_uses')),
    sa.UniqueConstraint('order_id', 'of_freight', name=op.f('uq_coupon_uses_order_id_of_freight'))
    )
    op.create_index('ix_coupon_uses_campaign', 'coupon_uses', ['campaign_id', 'id'])
    op.create_index(op.f('ix_coupon_uses_code_id'), 'coupon_uses', ['code_id'])
    op.create_index('ix_coupon_uses_user', 'coupon_uses', ['user_id', 'id'])
    nothing = sa.text("0")
    with op.batch_alter_table("orders") as orders:
        orders.add_column(sa.Column("discount_fen", _NUMBER, nullable=False, server_default=nothing))
        orders.add_column(sa.Column("freight_off_fen", _NUMBER, nullable=False, server_default=nothing))
        orders.drop_constraint(op.f(_TOTAL), type_="check")
    with op.batch_alter_table("orders") as orders:
        orders.create_check_constraint(
            op.f(_TOTAL), "total_fen = goods_fen - discount_fen + freight_fen - freight_off_fen"
        )
        orders.create_check_constraint(
            op.f(_REST),
            "discount_fen >= 0 AND discount_fen <= goods_fen"
            " AND freight_off_fen >= 0 AND freight_off_fen <= freight_fen AND total_fen > 0",
        )
    with op.batch_alter_table("order_lines") as lines:
        lines.add_column(sa.Column("discount_fen", _NUMBER, nullable=False, server_default=nothing))
    with op.batch_alter_table("order_lines") as lines:
        lines.create_check_constraint(op.f(_WITHIN), "discount_fen >= 0 AND discount_fen <= line_fen")


def downgrade() -> None:
    with op.batch_alter_table("order_lines") as lines:
        lines.drop_constraint(op.f(_WITHIN), type_="check")
    with op.batch_alter_table("order_lines") as lines:
        lines.drop_column("discount_fen")
    with op.batch_alter_table("orders") as orders:
        orders.drop_constraint(op.f(_TOTAL), type_="check")
        orders.drop_constraint(op.f(_REST), type_="check")
    # What such orders were paid stays what it was; their goods are said to have cost that.
    op.execute(
        "UPDATE orders SET goods_fen = total_fen - (freight_fen - freight_off_fen),"
        " freight_fen = freight_fen - freight_off_fen WHERE discount_fen + freight_off_fen > 0"
    )
    with op.batch_alter_table("orders") as orders:
        orders.drop_column("freight_off_fen")
        orders.drop_column("discount_fen")
    with op.batch_alter_table("orders") as orders:
        orders.create_check_constraint(op.f(_TOTAL), "total_fen = goods_fen + freight_fen")
    op.drop_table("coupon_uses")
    op.drop_table("basket_coupons")
    op.drop_table("coupon_codes")
    op.drop_table("coupon_targets")
    op.drop_table("coupon_invited")
    op.drop_table("coupon_counts")
    op.drop_table("coupon_batches")
    op.drop_table("coupon_campaigns")
