"""Welfare campaigns of unions: what is offered, who it is for, what each member chose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0055_campaigns"
down_revision = "0054_organisations"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table('campaign_years',
    sa.Column('organisation_id', _NUMBER, nullable=False),
    sa.Column('staff_number', sa.String(length=40), nullable=False),
    sa.Column('year', _NUMBER, nullable=False),
    sa.Column('spent_fen', _NUMBER, nullable=False),
    sa.CheckConstraint('spent_fen >= 0', name=op.f('ck_campaign_years_spent_not_negative')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_campaign_years_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('organisation_id', 'staff_number', 'year', name=op.f('pk_campaign_years'))
    )
    op.create_table('campaigns',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('organisation_id', _NUMBER, nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('opens_at', _MOMENT, nullable=False),
    sa.Column('closes_at', _MOMENT, nullable=False),
    sa.Column('distribution_on', sa.Date(), nullable=False),
    sa.Column('year', _NUMBER, nullable=False),
    sa.Column('allowance_fen', _NUMBER, nullable=False),
    sa.Column('free_choice', sa.Boolean(), nullable=False),
    sa.Column('contact', sa.String(length=60), nullable=False),
    sa.Column('contact_phone', sa.String(length=20), nullable=False),
    sa.Column('state', sa.Enum('draft', 'open', 'closing', 'closed', 'dropped', name='campaignstate', native_enum=False, length=32), nullable=False),
    sa.Column('made_by_id', _NUMBER, nullable=True),
    sa.Column('made_at', _MOMENT, nullable=False),
    sa.Column('opened_at', _MOMENT, nullable=True),
    sa.Column('closing_at', _MOMENT, nullable=True),
    sa.Column('closing_by_id', _NUMBER, nullable=True),
    sa.Column('closing_done', _NUMBER, nullable=False),
    sa.Column('closed_at', _MOMENT, nullable=True),
    sa.Column('refusal', sa.JSON(), nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.CheckConstraint('allowance_fen > 0', name=op.f('ck_campaigns_allowance_positive')),
    sa.CheckConstraint('closes_at > opens_at', name=op.f('ck_campaigns_closes_after_it_opens')),
    sa.ForeignKeyConstraint(['closing_by_id'], ['users.id'], name=op.f('fk_campaigns_closing_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['made_by_id'], ['users.id'], name=op.f('fk_campaigns_made_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_campaigns_organisation_id_organisations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaigns')),
    sa.UniqueConstraint('token', name=op.f('uq_campaigns_token'))
    )
    op.create_index(op.f('ix_campaigns_closing_by_id'), 'campaigns', ['closing_by_id'])
    op.create_index(op.f('ix_campaigns_made_by_id'), 'campaigns', ['made_by_id'])
    op.create_index('ix_campaigns_organisation', 'campaigns', ['organisation_id', 'id'])
    op.create_index('ix_campaigns_state', 'campaigns', ['state', 'closes_at'])
    op.create_table('campaign_orders',
    sa.Column('campaign_id', _NUMBER, nullable=False),
    sa.Column('pickup_point_id', _NUMBER, nullable=False),
    sa.Column('order_id', _NUMBER, nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_campaign_orders_campaign_id_campaigns')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_campaign_orders_order_id_orders')),
    sa.ForeignKeyConstraint(['pickup_point_id'], ['pickup_points.id'], name=op.f('fk_campaign_orders_pickup_point_id_pickup_points')),
    sa.PrimaryKeyConstraint('campaign_id', 'pickup_point_id', name=op.f('pk_campaign_orders')),
    sa.UniqueConstraint('order_id', name=op.f('uq_campaign_orders_order_id'))
    )
    op.create_index(op.f('ix_campaign_orders_pickup_point_id'), 'campaign_orders', ['pickup_point_id'])
    op.create_table('campaign_packages',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('campaign_id', _NUMBER, nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('position', _NUMBER, nullable=False),
    sa.Column('is_default', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_campaign_packages_campaign_id_campaigns'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_packages')),
    sa.UniqueConstraint('campaign_id', 'name', name=op.f('uq_campaign_packages_campaign_id_name'))
    )
    op.create_index('uq_campaign_packages_default', 'campaign_packages', ['campaign_id'], unique=True, sqlite_where=sa.text('is_default'), postgresql_where=sa.text('is_default'))
    op.create_table('campaign_papers',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('campaign_id', _NUMBER, nullable=False),
    sa.Column('kind', sa.Enum('minutes', 'prices', 'contract', 'other', name='paperkind', native_enum=False, length=32), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('file', sa.String(length=120), nullable=False),
    sa.Column('sent_at', _MOMENT, nullable=False),
    sa.Column('sent_by_id', _NUMBER, nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_campaign_papers_campaign_id_campaigns'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['sent_by_id'], ['users.id'], name=op.f('fk_campaign_papers_sent_by_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_papers')),
    sa.UniqueConstraint('file', name=op.f('uq_campaign_papers_file'))
    )
    op.create_index(op.f('ix_campaign_papers_campaign_id'), 'campaign_papers', ['campaign_id'])
    op.create_index(op.f('ix_campaign_papers_sent_by_id'), 'campaign_papers', ['sent_by_id'])
    op.create_table('campaign_slots',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('campaign_id', _NUMBER, nullable=False),
    sa.Column('pickup_point_id', _NUMBER, nullable=False),
    sa.Column('starts_at', _MOMENT, nullable=False),
    sa.Column('ends_at', _MOMENT, nullable=False),
    sa.Column('capacity', _NUMBER, nullable=False),
    sa.Column('taken', _NUMBER, nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_campaign_slots_ends_after_it_begins')),
    sa.CheckConstraint('taken >= 0 AND taken <= capacity', name=op.f('ck_campaign_slots_never_overbooked')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_campaign_slots_campaign_id_campaigns'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['pickup_point_id'], ['pickup_points.id'], name=op.f('fk_campaign_slots_pickup_point_id_pickup_points')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_slots')),
    sa.UniqueConstraint('campaign_id', 'pickup_point_id', 'starts_at', name=op.f('uq_campaign_slots_campaign_id_pickup_point_id_starts_at'))
    )
    op.create_index(op.f('ix_campaign_slots_pickup_point_id'), 'campaign_slots', ['pickup_point_id'])
    op.create_table('campaign_units',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('campaign_id', _NUMBER, nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('organiser_id', _NUMBER, nullable=True),
    sa.Column('most_people', _NUMBER, nullable=True),
    sa.Column('most_fen', _NUMBER, nullable=True),
    sa.Column('spent_fen', _NUMBER, nullable=False),
    sa.CheckConstraint('most_people IS NULL OR most_people >= 0', name=op.f('ck_campaign_units_most_people_not_negative')),
    sa.CheckConstraint('spent_fen >= 0 AND (most_fen IS NULL OR spent_fen <= most_fen)', name=op.f('ck_campaign_units_quota_kept')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_campaign_units_campaign_id_campaigns'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organiser_id'], ['users.id'], name=op.f('fk_campaign_units_organiser_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_units')),
    sa.UniqueConstraint('campaign_id', 'name', name=op.f('uq_campaign_units_campaign_id_name'))
    )
    op.create_index(op.f('ix_campaign_units_organiser_id'), 'campaign_units', ['organiser_id'])
    op.create_table('campaign_goods',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('campaign_id', _NUMBER, nullable=False),
    sa.Column('variant_id', _NUMBER, nullable=False),
    sa.Column('position', _NUMBER, nullable=False),
    sa.Column('is_free_choice', sa.Boolean(), nullable=False),
    sa.Column('price_fen', _NUMBER, nullable=True),
    sa.Column('most_each', _NUMBER, nullable=True),
    sa.Column('most_units', _NUMBER, nullable=True),
    sa.Column('taken_units', _NUMBER, nullable=False),
    sa.Column('short_at', _NUMBER, nullable=True),
    sa.Column('substitute_id', _NUMBER, nullable=True),
    sa.CheckConstraint('most_each IS NULL OR most_each > 0', name=op.f('ck_campaign_goods_most_each_positive')),
    sa.CheckConstraint('short_at IS NULL OR short_at >= 0', name=op.f('ck_campaign_goods_short_at_not_negative')),
    sa.CheckConstraint('price_fen IS NULL OR price_fen > 0', name=op.f('ck_campaign_goods_price_positive')),
    sa.CheckConstraint('substitute_id IS NULL OR substitute_id <> variant_id', name=op.f('ck_campaign_goods_something_else')),
    sa.CheckConstraint('taken_units >= 0 AND (most_units IS NULL OR taken_units <= most_units)', name=op.f('ck_campaign_goods_units_kept')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_campaign_goods_campaign_id_campaigns'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['substitute_id'], ['variants.id'], name=op.f('fk_campaign_goods_substitute_id_variants')),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_campaign_goods_variant_id_variants')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_goods')),
    sa.UniqueConstraint('campaign_id', 'variant_id', name=op.f('uq_campaign_goods_campaign_id_variant_id'))
    )
    op.create_index(op.f('ix_campaign_goods_substitute_id'), 'campaign_goods', ['substitute_id'])
    op.create_index(op.f('ix_campaign_goods_variant_id'), 'campaign_goods', ['variant_id'])
    op.create_table('campaign_members',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('campaign_id', _NUMBER, nullable=False),
    sa.Column('unit_id', _NUMBER, nullable=True),
    sa.Column('staff_number', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=True),
    sa.Column('email', sa.String(length=255), nullable=True),
    sa.Column('user_id', _NUMBER, nullable=True),
    sa.Column('standing', sa.Enum('enrolled', 'keeps', 'taken_back', name='standing', native_enum=False, length=32), nullable=False),
    sa.Column('enrolled_at', _MOMENT, nullable=False),
    sa.Column('left_at', _MOMENT, nullable=True),
    sa.Column('opened_at', _MOMENT, nullable=True),
    sa.Column('link_version', _NUMBER, nullable=False),
    sa.Column('reminded_on', sa.Date(), nullable=True),
    sa.Column('to_tell', sa.Enum('opened', 'reminder', 'code', name='telling', native_enum=False, length=32), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_campaign_members_campaign_id_campaigns'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['campaign_units.id'], name=op.f('fk_campaign_members_unit_id_campaign_units')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_campaign_members_user_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_members')),
    sa.UniqueConstraint('campaign_id', 'staff_number', name=op.f('uq_campaign_members_campaign_id_staff_number'))
    )
    op.create_index(op.f('ix_campaign_members_email'), 'campaign_members', ['email'])
    op.create_index(op.f('ix_campaign_members_phone'), 'campaign_members', ['phone'])
    op.create_index(op.f('ix_campaign_members_staff_number'), 'campaign_members', ['staff_number'])
    op.create_index('ix_campaign_members_to_tell', 'campaign_members', ['id'], sqlite_where=sa.text('to_tell IS NOT NULL'), postgresql_where=sa.text('to_tell IS NOT NULL'))
    op.create_index('ix_campaign_members_unit', 'campaign_members', ['campaign_id', 'unit_id', 'id'])
    op.create_index(op.f('ix_campaign_members_unit_id'), 'campaign_members', ['unit_id'])
    op.create_index(op.f('ix_campaign_members_user_id'), 'campaign_members', ['user_id'])
    op.create_table('campaign_package_items',
    sa.Column('package_id', _NUMBER, nullable=False),
    sa.Column('variant_id', _NUMBER, nullable=False),
    sa.Column('quantity', _NUMBER, nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_campaign_package_items_quantity_positive')),
    sa.ForeignKeyConstraint(['package_id'], ['campaign_packages.id'], name=op.f('fk_campaign_package_items_package_id_campaign_packages'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_campaign_package_items_variant_id_variants')),
    sa.PrimaryKeyConstraint('package_id', 'variant_id', name=op.f('pk_campaign_package_items'))
    )
    op.create_index(op.f('ix_campaign_package_items_variant_id'), 'campaign_package_items', ['variant_id'])
    op.create_table('campaign_reminders',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('campaign_id', _NUMBER, nullable=False),
    sa.Column('unit_id', _NUMBER, nullable=True),
    sa.Column('people', _NUMBER, nullable=False),
    sa.Column('at', _MOMENT, nullable=False),
    sa.Column('actor_id', _NUMBER, nullable=True),
    sa.ForeignKeyConstraint(['actor_id'], ['users.id'], name=op.f('fk_campaign_reminders_actor_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_campaign_reminders_campaign_id_campaigns'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['campaign_units.id'], name=op.f('fk_campaign_reminders_unit_id_campaign_units')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign_reminders'))
    )
    op.create_index(op.f('ix_campaign_reminders_actor_id'), 'campaign_reminders', ['actor_id'])
    op.create_index(op.f('ix_campaign_reminders_campaign_id'), 'campaign_reminders', ['campaign_id'])
    op.create_index(op.f('ix_campaign_reminders_unit_id'), 'campaign_reminders', ['unit_id'])
    op.create_table('campaign_choices',
    sa.Column('member_id', _NUMBER, nullable=False),
    sa.Column('package_id', _NUMBER, nullable=True),
    sa.Column('pickup_point_id', _NUMBER, nullable=False),
    sa.Column('slot_id', _NUMBER, nullable=True),
    sa.Column('total_fen', _NUMBER, nullable=False),
    sa.Column('allowance_fen', _NUMBER, nullable=False),
    sa.Column('own_fen', _NUMBER, nullable=False),
    sa.Column('chosen_by', sa.Enum('member', 'link', 'proxy', 'default', name='chosenby', native_enum=False, length=32), nullable=False),
    sa.Column('actor_id', _NUMBER, nullable=True),
    sa.Column('chosen_at', _MOMENT, nullable=False),
    sa.Column('changed_at', _MOMENT, nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('pickup_code', sa.String(length=16), nullable=True),
    sa.CheckConstraint('allowance_fen >= 0 AND own_fen >= 0', name=op.f('ck_campaign_choices_amounts_not_negative')),
    sa.CheckConstraint('total_fen = allowance_fen + own_fen', name=op.f('ck_campaign_choices_total_is_allowance_and_own')),
    sa.ForeignKeyConstraint(['actor_id'], ['users.id'], name=op.f('fk_campaign_choices_actor_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['member_id'], ['campaign_members.id'], name=op.f('fk_campaign_choices_member_id_campaign_members'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['package_id'], ['campaign_packages.id'], name=op.f('fk_campaign_choices_package_id_campaign_packages')),
    sa.ForeignKeyConstraint(['pickup_point_id'], ['pickup_points.id'], name=op.f('fk_campaign_choices_pickup_point_id_pickup_points')),
    sa.ForeignKeyConstraint(['slot_id'], ['campaign_slots.id'], name=op.f('fk_campaign_choices_slot_id_campaign_slots')),
    sa.PrimaryKeyConstraint('member_id', name=op.f('pk_campaign_choices'))
    )
    op.create_index(op.f('ix_campaign_choices_actor_id'), 'campaign_choices', ['actor_id'])
    op.create_index(op.f('ix_campaign_choices_package_id'), 'campaign_choices', ['package_id'])
    op.create_index('ix_campaign_choices_point', 'campaign_choices', ['pickup_point_id', 'slot_id'])
    op.create_index(op.f('ix_campaign_choices_slot_id'), 'campaign_choices', ['slot_id'])
    op.create_table('campaign_choice_lines',
    sa.Column('member_id', _NUMBER, nullable=False),
    sa.Column('variant_id', _NUMBER, nullable=False),
    sa.Column('quantity', _NUMBER, nullable=False),
    sa.Column('price_fen', _NUMBER, nullable=False),
    sa.CheckConstraint('quantity > 0 AND price_fen > 0', name=op.f('ck_campaign_choice_lines_sane_line')),
    sa.ForeignKeyConstraint(['member_id'], ['campaign_choices.member_id'], name=op.f('fk_campaign_choice_lines_member_id_campaign_choices'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_campaign_choice_lines_variant_id_variants')),
    sa.PrimaryKeyConstraint('member_id', 'variant_id', name=op.f('pk_campaign_choice_lines'))
    )
    op.create_index(op.f('ix_campaign_choice_lines_variant_id'), 'campaign_choice_lines', ['variant_id'])


def downgrade() -> None:
    op.drop_table('campaign_choice_lines')
    op.drop_table('campaign_choices')
    op.drop_table('campaign_reminders')
    op.drop_table('campaign_package_items')
    op.drop_table('campaign_members')
    op.drop_table('campaign_goods')
    op.drop_table('campaign_units')
    op.drop_table('campaign_slots')
    op.drop_table('campaign_papers')
    op.drop_table('campaign_packages')
    op.drop_table('campaign_orders')
    op.drop_table('campaigns')
    op.drop_table('campaign_years')
