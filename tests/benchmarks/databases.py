"""Databases to measure on: temporary ones, or those of an earlier run when BENCH_KEEP names a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from shop import create_app
from shop.cli.migrating import migrate_to_newest
from shop.extensions import db
from shop.storage.database import WRITES, allow_long_statements
from tests.benchmarks.synthetic import build
from tests.databases import migrate, testing_settings


@contextmanager
def catalogue(products: int, folder: Path, *, server: str | None) -> Iterator[str]:
    """The URL of a database with so many products; on PostgreSQL when a server is given."""
    file = folder / f"bench-{products}.db"
    is_known = server is None and file.exists()
    with _database(file, server) as url:
        if not is_known:
            _fill(url, products, folder)
        yield url


@contextmanager
def empty(folder: Path, *, server: str | None) -> Iterator[str]:
    """The URL of a migrated database with nothing in it."""
    file = folder / "bench-empty.db"
    file.unlink(missing_ok=True)
    with _database(file, server) as url:
        migrate(folder, url)
        yield url


@contextmanager
def _database(file: Path, server: str | None) -> Iterator[str]:
    if server is None:
        yield f"sqlite:///{file}"
        return
    name = f"shop_bench_{os.getpid()}_{file.stem.removeprefix('bench-')}"
    base = make_url(server)
    with psycopg.connect(
        base.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    ) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            url = base.set(drivername="postgresql+psycopg", database=name)
            yield url.render_as_string(hide_password=False)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _fill(url: str, products: int, folder: Path) -> None:
    app = create_app(testing_settings(folder, url))
    migrate_to_newest(app)
    with app.app_context():
        with Session(db.engine.execution_options(**{WRITES: True})) as session:
            allow_long_statements(session, seconds=3600)
            build(session, products)
            session.commit()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # On PostgreSQL all that was filled is vacuumed now, and not while something is measured.
            if not url.startswith("sqlite"):
                connection.execute(sa.text("SET statement_timeout = 0"))
            connection.execute(sa.text("ANALYZE" if url.startswith("sqlite") else "VACUUM ANALYZE"))
        db.session.remove()
        db.engine.dispose()
