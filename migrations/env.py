"""Runs migrations on the application's own engine, with the metadata of every domain's models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection

import shop.accounts.campus.models
import shop.accounts.card_models
import shop.accounts.message_models
import shop.accounts.models
import shop.accounts.passkey_models
import shop.accounts.privacy_models
import shop.accounts.setting_models
import shop.accounts.terms_models
import shop.campaigns.member_models
import shop.campaigns.models
import shop.campaigns.own_models
import shop.canteens.models
import shop.canteens.standing_models
import shop.canteens.weight_models
import shop.catalogue.index_models
import shop.catalogue.models
import shop.conversations.desk_models
import shop.conversations.models
import shop.conversations.thanks_models
import shop.delivery.models
import shop.exports.job_models
import shop.exports.models
import shop.exports.schedule_models
import shop.favourites.models
import shop.fulfilment.hub.models
import shop.fulfilment.models
import shop.fulfilment.override_models
import shop.fulfilment.proposal_models
import shop.fulfilment.replies.models
import shop.fulfilment.take_out_models
import shop.gifts.approval_models
import shop.gifts.models
import shop.inventory.count_models
import shop.inventory.intake.models
import shop.inventory.intake.packaging_models
import shop.inventory.intake.processing_models
import shop.inventory.models
import shop.ledger.advance.models
import shop.ledger.cash_box.models
import shop.ledger.models
import shop.ledger.movements.models
import shop.ledger.payouts.proof_models
import shop.ordering.claim_models
import shop.ordering.gift_models
import shop.ordering.models
import shop.ordering.pass_models
import shop.ordering.preorder_models
import shop.ordering.shelves.load_models
import shop.payments.models
import shop.payments.sandbox.models
import shop.payments.statements.models
import shop.payments.terms.models
import shop.purchases.layout_models
import shop.purchases.models
import shop.purchases.platform_models
import shop.quotations.models
import shop.quotations.price_models
import shop.quotations.receipt_models
import shop.reimbursement.models
import shop.reviews.models
import shop.storage.heartbeat
import shop.storage.outbox
import shop.stories.models  # noqa: F401  the imports fill the metadata
from shop.storage.base import Base
from shop.storage.types import UtcDateTime

# An arbitrary number: two processes that migrate the same PostgreSQL database wait for each other.
MIGRATION_LOCK = 20_201_017


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Write plain SQLAlchemy types into migrations, so that old ones never import today's code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def is_ours(_item: Any, name: str | None, _kind: str, _reflected: bool, _other: Any) -> bool:
    """Search tables, their shadows, columns and indexes are made by hand-written migrations."""
    return not (name is not None and name.startswith(("search_fts", "sqlite_")))


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """SQLite writes a table anew by dropping it, which a table that others refer to does not survive with keys on.

    Raises RuntimeError when a row refers to nothing afterwards. The switch does nothing inside a transaction.
    """
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
        lost = driver.execute("PRAGMA foreign_key_check").fetchmany(5)
    finally:
        driver.execute("PRAGMA foreign_keys = ON")
    if lost:
        raise RuntimeError(f"after the migration rows refer to nothing: {lost}")


def migrate(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        with foreign_keys_off(connection):
            run(connection, on_sqlite=True)
    else:
        run(connection, on_sqlite=False)


def run(connection: Connection, *, on_sqlite: bool) -> None:
    if not on_sqlite:
        connection.execute(sa.text("SET statement_timeout = 0"))
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=on_sqlite,
        render_item=render_item,
        include_object=is_ours,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    if not on_sqlite:
        connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
        connection.execute(sa.text("RESET statement_timeout"))
        connection.commit()


with current_app.extensions["migrate"].db.engine.connect() as open_connection:
    migrate(open_connection)
