"""The number that page caches are keyed by: it changes with everything that a public page shows."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import CatalogueVersion

_ROW = 1


def bump_version(session: Session) -> None:
    """Make every cached page old. Locks the one row until the commit, so it comes last in a transaction."""
    bump = (
        sa.update(CatalogueVersion)
        .where(CatalogueVersion.id == _ROW)
        .values(version=CatalogueVersion.version + 1)
        .execution_options(synchronize_session=False)
    )
    if session.connection().execute(bump).rowcount == 0:
        session.execute(sa.insert(CatalogueVersion).values(id=_ROW, version=2))


def current_version(session: Session) -> int:
    return session.scalar(sa.select(CatalogueVersion.version).where(CatalogueVersion.id == _ROW)) or 1
