"""News and stories: posts with pictures, goods, lots and a history, and how many read them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0067_stories"
down_revision = "0066_shelves"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('posts',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.Enum('village', 'harvest', 'visit', 'craft', 'shop', name='postkind', native_enum=False, length=32), nullable=False),
    sa.Column('state', sa.Enum('draft', 'offered', 'published', 'taken_back', name='poststate', native_enum=False, length=32), nullable=False),
    sa.Column('title_zh', sa.String(length=80), nullable=False),
    sa.Column('title_en', sa.String(length=160), nullable=False),
    sa.Column('text_zh', sa.Text(), nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('village_id', _NUMBER, nullable=True),
    sa.Column('author_id', _NUMBER, nullable=True),
    sa.Column('author_name', sa.String(length=40), nullable=False),
    sa.Column('published_at', _MOMENT, nullable=True),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('version', _NUMBER, nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('created_at', _MOMENT, nullable=False),
    sa.Column('changed_at', _MOMENT, nullable=False),
    sa.CheckConstraint("title_zh <> ''", name=op.f('ck_posts_has_a_title')),
    sa.CheckConstraint("state NOT IN ('published', 'taken_back') OR published_at IS NOT NULL", name=op.f('ck_posts_published_at_a_moment')),
    sa.CheckConstraint("state <> 'taken_back' OR reason <> ''", name=op.f('ck_posts_taken_back_for_a_reason')),
    sa.ForeignKeyConstraint(['village_id'], ['villages.id'], name=op.f('fk_posts_village_id_villages')),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_posts_author_id_users'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posts')),
    sa.UniqueConstraint('slug', name=op.f('uq_posts_slug')),
    sa.UniqueConstraint('token', name=op.f('uq_posts_token'))
    )
    op.create_index('ix_posts_shown', 'posts', ['state', 'published_at', 'id'])
    op.create_index('ix_posts_of_village', 'posts', ['village_id', 'state', 'published_at'])
    op.create_index(op.f('ix_posts_author_id'), 'posts', ['author_id'])

    op.create_table('post_pictures',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('post_id', _NUMBER, nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('alt_zh', sa.String(length=120), nullable=False),
    sa.Column('alt_en', sa.String(length=160), nullable=False),
    sa.Column('position', _NUMBER, nullable=False),
    sa.Column('state', sa.Enum('processing', 'ready', 'refused', name='picturestate', native_enum=False, length=32), nullable=False),
    sa.Column('width', _NUMBER, nullable=True),
    sa.Column('height', _NUMBER, nullable=True),
    sa.Column('created_at', _MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_post_pictures_post_id_posts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_post_pictures')),
    sa.UniqueConstraint('key', name=op.f('uq_post_pictures_key'))
    )
    op.create_index(op.f('ix_post_pictures_post_id'), 'post_pictures', ['post_id'])
    op.create_index(op.f('ix_post_pictures_state'), 'post_pictures', ['state'])

    op.create_table('post_products',
    sa.Column('post_id', _NUMBER, nullable=False),
    sa.Column('product_id', _NUMBER, nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_post_products_post_id_posts'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['product_id'], ['products.id'], name=op.f('fk_post_products_product_id_products'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', 'product_id', name=op.f('pk_post_products'))
    )
    op.create_index(op.f('ix_post_products_product_id'), 'post_products', ['product_id'])

    op.create_table('post_lots',
    sa.Column('post_id', _NUMBER, nullable=False),
    sa.Column('lot_id', _NUMBER, nullable=False),
    sa.ForeignKeyConstraint(['lot_id'], ['lots.id'], name=op.f('fk_post_lots_lot_id_lots'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_post_lots_post_id_posts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', 'lot_id', name=op.f('pk_post_lots'))
    )
    op.create_index(op.f('ix_post_lots_lot_id'), 'post_lots', ['lot_id'])

    op.create_table('post_events',
    sa.Column('id', _NUMBER, nullable=False),
    sa.Column('post_id', _NUMBER, nullable=False),
    sa.Column('version', _NUMBER, nullable=False),
    sa.Column('at', _MOMENT, nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('actor_id', _NUMBER, nullable=True),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['users.id'], name=op.f('fk_post_events_actor_id_users'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_post_events_post_id_posts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_post_events')),
    sa.UniqueConstraint('post_id', 'version', name=op.f('uq_post_events_post_id_version'))
    )

    op.create_table('post_readers',
    sa.Column('post_id', _NUMBER, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('readers', _NUMBER, nullable=False),
    sa.CheckConstraint('readers > 0', name=op.f('ck_post_readers_somebody')),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_post_readers_post_id_posts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('post_id', 'day', name=op.f('pk_post_readers'))
    )


def downgrade() -> None:
    for table in ("post_readers", "post_events", "post_lots", "post_products", "post_pictures", "posts"):
        op.drop_table(table)
