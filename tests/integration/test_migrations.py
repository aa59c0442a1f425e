"""The migrated schema is the one that the models describe, and can be taken down again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade

from shop.cli.migrating import plug_in
from shop.settings import MIGRATIONS
from shop.storage.base import Base
from shop.web.health import newest_migration


def is_made_by_hand(difference) -> bool:
    """Full-text tables, columns and indexes stand in a hand-written migration, on no model."""
    return str(difference[0]).startswith("remove_") and "search_fts" in str(difference)


def test_models_and_migrations_say_the_same(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    assert [difference for difference in differences if not is_made_by_hand(difference)] == []


def test_the_newest_migration_is_known_by_the_name_of_its_file():
    assert newest_migration() == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_the_schema_goes_down_and_up_again(app, engine):
    plug_in(app)
    with app.app_context():
        downgrade(revision="base")
        assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
        upgrade()
    assert "orders" in sa.inspect(engine).get_table_names()
