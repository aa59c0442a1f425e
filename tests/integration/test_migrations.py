"""The migrated schema is the one that the models describe, and can be taken down again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade

from shop.storage.base import Base


def test_models_and_migrations_say_the_same(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [
            difference
            for difference in compare_metadata(context, Base.metadata)
            if not (difference[0] in {"remove_table", "remove_index"} and "search" in str(difference[1]))
        ]
    assert differences == []


def test_the_schema_goes_down_and_up_again(app, engine):
    with app.app_context():
        downgrade(revision="base")
        assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
        upgrade()
    assert "orders" in sa.inspect(engine).get_table_names()
