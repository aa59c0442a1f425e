"""Canteens: what stands on their order sheet, their orders, standing orders, and what is paid by weight."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0065_canteens"
down_revision = "0064_reimbursement"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# In the order in which they can be dropped.
_TABLES = (
    "weighing_lines weighings refund_weights canteen_lines canteen_goods standing_lines standing_pauses standing_events"
    " standing_days canteen_orders standing_orders"
)


def upgrade() -> None:
    op.create_table('standing_orders',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('organisation_id', _NUMBER, nullable=False),
    sa.Column('state', sa.Enum('running', 'stopped', name='standingstate', native_enum=False, length=32), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('every_weeks', _NUMBER, nullable=False),
    sa.Column('weekdays', sa.String(length=7), nullable=False),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('days_before', _NUMBER, nullable=False),
    sa.Column('in_vacations', sa.Boolean(), nullable=False),
    sa.Column('delivery', sa.Enum('pickup', 'courier', name='deliverykind', native_enum=False, length=32), nullable=False),
    sa.Column('pickup_point_id', _NUMBER, nullable=True),
    sa.Column('province', sa.String(length=40), nullable=True),
    sa.Column('city', sa.String(length=40), nullable=True),
    sa.Column('district', sa.String(length=40), nullable=True),
    sa.Column('street', sa.String(length=200), nullable=True),
    sa.Column('recipient', sa.String(length=60), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('project_number', sa.String(length=40), nullable=False),
    sa.Column('project_name', sa.String(length=80), nullable=False),
    sa.Column('handler', sa.String(length=60), nullable=False),
    sa.Column('acceptor', sa.String(length=60), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('user_id', _NUMBER, nullable=True),
    sa.Column('made_at', _MOMENT, nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.CheckConstraint("(delivery = 'pickup') = (pickup_point_id IS NOT NULL) AND (delivery = 'courier') = (province IS NOT NULL)", name=op.f('ck_standing_orders_one_way')),
    sa.CheckConstraint("weekdays <> ''", name=op.f('ck_standing_orders_some_day')),
    sa.CheckConstraint('every_weeks BETWEEN 1 AND 12 AND days_before BETWEEN 1 AND 30', name=op.f('ck_standing_orders_sane_rhythm')),
    sa.CheckConstraint('until_on IS NULL OR until_on >= first_on', name=op.f('ck_standing_orders_ends_after_it_begins')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_standing_orders_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['pickup_point_id'], ['pickup_points.id'], name=op.f('fk_standing_orders_pickup_point_id_pickup_points')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_standing_orders_user_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standing_orders')),
    sa.UniqueConstraint('organisation_id', 'token', name=op.f('uq_standing_orders_organisation_id_token'))
    )
    op.create_index('ix_standing_orders_state', 'standing_orders', ['state', 'id'])
    op.create_index('ix_standing_orders_user_id', 'standing_orders', ['user_id'])

    op.create_table('canteen_orders',
    sa.Column('order_id', _NUMBER, nullable=False),
    sa.Column('organisation_id', _NUMBER, nullable=False),
    sa.Column('deliver_on', sa.Date(), nullable=False),
    sa.Column('standing_id', _NUMBER, nullable=True),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_canteen_orders_order_id_orders'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_canteen_orders_organisation_id_organisations')),
    sa.ForeignKeyConstraint(['standing_id'], ['standing_orders.id'], name=op.f('fk_canteen_orders_standing_id_standing_orders')),
    sa.PrimaryKeyConstraint('order_id', name=op.f('pk_canteen_orders'))
    )
    op.create_index('ix_canteen_orders_organisation', 'canteen_orders', ['organisation_id', 'order_id'])
    op.create_index('ix_canteen_orders_standing_id', 'canteen_orders', ['standing_id'])

    op.create_table('standing_days',
    sa.Column('standing_id', _NUMBER, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('state', sa.Enum('due', 'held', 'placed', 'waits', 'unaccepted', 'failed', 'skipped', 'missed', name='daystate', native_enum=False, length=32), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('tries', _NUMBER, nullable=False),
    sa.Column('order_id', _NUMBER, nullable=True),
    sa.Column('at', _MOMENT, nullable=False),
    sa.CheckConstraint("(state IN ('held', 'placed', 'waits', 'unaccepted')) = (order_id IS NOT NULL)", name=op.f('ck_standing_days_ordered_has_order')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_standing_days_order_id_orders')),
    sa.ForeignKeyConstraint(['standing_id'], ['standing_orders.id'], name=op.f('fk_standing_days_standing_id_standing_orders'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('standing_id', 'day', name=op.f('pk_standing_days')),
    sa.UniqueConstraint('order_id', name=op.f('uq_standing_days_order_id'))
    )
    op.create_table('standing_events',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('standing_id', _NUMBER, nullable=False),
    sa.Column('at', _MOMENT, nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('actor_id', _NUMBER, nullable=True),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['users.id'], name=op.f('fk_standing_events_actor_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['standing_id'], ['standing_orders.id'], name=op.f('fk_standing_events_standing_id_standing_orders'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standing_events'))
    )
    op.create_index('ix_standing_events_standing_id', 'standing_events', ['standing_id'])

    op.create_table('standing_pauses',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('standing_id', _NUMBER, nullable=False),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.Column('last_on', sa.Date(), nullable=False),
    sa.CheckConstraint('last_on >= first_on', name=op.f('ck_standing_pauses_ends_after_it_begins')),
    sa.ForeignKeyConstraint(['standing_id'], ['standing_orders.id'], name=op.f('fk_standing_pauses_standing_id_standing_orders'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standing_pauses')),
    sa.UniqueConstraint('standing_id', 'first_on', 'last_on', name=op.f('uq_standing_pauses_standing_id_first_on_last_on'))
    )
    op.create_table('canteen_goods',
    sa.Column('variant_id', _NUMBER, nullable=False),
    sa.Column('units_per_case', _NUMBER, nullable=False),
    sa.Column('by_weight', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('set_at', _MOMENT, nullable=False),
    sa.Column('set_by_id', _NUMBER, nullable=True),
    sa.CheckConstraint('units_per_case BETWEEN 1 AND 1000', name=op.f('ck_canteen_goods_case_size_sane')),
    sa.ForeignKeyConstraint(['set_by_id'], ['users.id'], name=op.f('fk_canteen_goods_set_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_canteen_goods_variant_id_variants')),
    sa.PrimaryKeyConstraint('variant_id', name=op.f('pk_canteen_goods'))
    )
    op.create_table('standing_lines',
    sa.Column('standing_id', _NUMBER, nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('variant_id', _NUMBER, nullable=False),
    sa.Column('cases', _NUMBER, nullable=False),
    sa.CheckConstraint('cases > 0', name=op.f('ck_standing_lines_something')),
    sa.ForeignKeyConstraint(['standing_id'], ['standing_orders.id'], name=op.f('fk_standing_lines_standing_id_standing_orders'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['variant_id'], ['variants.id'], name=op.f('fk_standing_lines_variant_id_variants')),
    sa.PrimaryKeyConstraint('standing_id', 'from_on', 'variant_id', name=op.f('pk_standing_lines'))
    )
    op.create_table('canteen_lines',
    sa.Column('order_line_id', _NUMBER, nullable=False),
    sa.Column('order_id', _NUMBER, nullable=False),
    sa.Column('cases', _NUMBER, nullable=False),
    sa.Column('units_per_case', _NUMBER, nullable=False),
    sa.Column('expected_g', _NUMBER, nullable=True),
    sa.Column('weighed_price_fen', _NUMBER, nullable=True),
    sa.CheckConstraint('(expected_g IS NULL) = (weighed_price_fen IS NULL)', name=op.f('ck_canteen_lines_by_weight_or_not')),
    sa.CheckConstraint('cases > 0 AND units_per_case > 0', name=op.f('ck_canteen_lines_something_in_cases')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_canteen_lines_order_id_orders'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_lines.id'], name=op.f('fk_canteen_lines_order_line_id_order_lines'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('order_line_id', name=op.f('pk_canteen_lines'))
    )
    op.create_index('ix_canteen_lines_order_id', 'canteen_lines', ['order_id'])

    op.create_table('refund_weights',
    sa.Column('refund_id', _NUMBER, nullable=False),
    sa.Column('order_line_id', _NUMBER, nullable=False),
    sa.Column('amount_fen', _NUMBER, nullable=False),
    sa.CheckConstraint('amount_fen > 0', name=op.f('ck_refund_weights_amount_positive')),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_lines.id'], name=op.f('fk_refund_weights_order_line_id_order_lines')),
    sa.ForeignKeyConstraint(['refund_id'], ['refunds.id'], name=op.f('fk_refund_weights_refund_id_refunds')),
    sa.PrimaryKeyConstraint('refund_id', 'order_line_id', name=op.f('pk_refund_weights'))
    )
    op.create_index('ix_refund_weights_order_line_id', 'refund_weights', ['order_line_id'])

    op.create_table('weighings',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('order_id', _NUMBER, nullable=False),
    sa.Column('number', _NUMBER, nullable=False),
    sa.Column('state', sa.Enum('written', 'settled', name='weighingstate', native_enum=False, length=32), nullable=False),
    sa.Column('words', sa.String(length=300), nullable=False),
    sa.Column('written_at', _MOMENT, nullable=False),
    sa.Column('written_by_id', _NUMBER, nullable=True),
    sa.Column('seconded_at', _MOMENT, nullable=True),
    sa.Column('seconded_by_id', _NUMBER, nullable=True),
    sa.Column('refund_id', _NUMBER, nullable=True),
    sa.CheckConstraint("(state = 'settled') = (seconded_at IS NOT NULL)", name=op.f('ck_weighings_settled_by_the_second')),
    sa.CheckConstraint('seconded_by_id IS NULL OR seconded_by_id <> written_by_id', name=op.f('ck_weighings_two_persons')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_weighings_order_id_orders'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['refund_id'], ['refunds.id'], name=op.f('fk_weighings_refund_id_refunds')),
    sa.ForeignKeyConstraint(['seconded_by_id'], ['users.id'], name=op.f('fk_weighings_seconded_by_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['written_by_id'], ['users.id'], name=op.f('fk_weighings_written_by_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_weighings')),
    sa.UniqueConstraint('order_id', 'number', name=op.f('uq_weighings_order_id_number')),
    sa.UniqueConstraint('refund_id', name=op.f('uq_weighings_refund_id'))
    )
    op.create_table('weighing_lines',
    sa.Column('weighing_id', _NUMBER, nullable=False),
    sa.Column('order_line_id', _NUMBER, nullable=False),
    sa.Column('received_g', _NUMBER, nullable=False),
    sa.Column('words', sa.String(length=120), nullable=False),
    sa.Column('fen', _NUMBER, nullable=True),
    sa.CheckConstraint('received_g > 0', name=op.f('ck_weighing_lines_something_arrived')),
    sa.ForeignKeyConstraint(['order_line_id'], ['order_lines.id'], name=op.f('fk_weighing_lines_order_line_id_order_lines')),
    sa.ForeignKeyConstraint(['weighing_id'], ['weighings.id'], name=op.f('fk_weighing_lines_weighing_id_weighings'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('weighing_id', 'order_line_id', name=op.f('pk_weighing_lines'))
    )


def downgrade() -> None:
    for table in _TABLES.split():
        op.drop_table(table)
