"""What is kept beside the catalogue for lists and for search, made anew."""

from __future__ import annotations

import click
import sqlalchemy as sa
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from shop.catalogue.models import Product
from shop.catalogue.refreshing import rebuild
from shop.catalogue.search_index import reindex
from shop.extensions import unit_of_work
from shop.storage.database import allow_long_statements

LONGEST_SECONDS = 600


@click.group()
def catalogue() -> None:
    """The catalogue as a whole."""


@catalogue.command(name="rebuild")
@with_appcontext
def rebuild_command() -> None:
    """Make lists and search anew: when `check` finds them out of step, or words are cut in another way."""
    print(f"{unit_of_work().run(_rebuild)} products listed and indexed")


def _rebuild(session: Session) -> int:
    allow_long_statements(session, seconds=LONGEST_SECONDS)
    rebuild(session)
    reindex(session)
    return session.scalar(sa.select(sa.func.count()).select_from(Product)) or 0
