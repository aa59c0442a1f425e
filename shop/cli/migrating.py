"""Alembic, for `flask db`, `make run` and the tests. The web, which only asks how old the schema is, never loads it."""

from __future__ import annotations

from flask import Flask
from flask_migrate import Migrate, upgrade

from shop.extensions import db
from shop.settings import MIGRATIONS


def plug_in(app: Flask) -> None:
    """Let `flask db` know where the migrations are."""
    Migrate(app, db, directory=str(MIGRATIONS))


def migrate_to_newest(app: Flask) -> None:
    """Bring the schema of the application's database up to date."""
    plug_in(app)
    with app.app_context():
        upgrade()
