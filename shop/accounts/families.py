"""Unions with their sub-unions: a family is named by the topmost of them. Who stands alone is a family of one."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation


def family_of(session: Session, organisation_id: int) -> int:
    """The id of the topmost organisation above this one, or its own. One statement."""
    up = sa.select(Organisation.id, Organisation.parent_id).where(Organisation.id == organisation_id)
    above = up.cte("above", recursive=True)
    above = above.union(
        sa.select(Organisation.id, Organisation.parent_id).where(Organisation.id == above.c.parent_id)
    )
    top = session.scalar(sa.select(above.c.id).where(above.c.parent_id.is_(None)))
    return top if top is not None else organisation_id


def below(organisation_id: int) -> sa.Select[int]:
    """This one and all that stand under it."""
    found = sa.select(Organisation.id).where(Organisation.id == organisation_id)
    under = found.cte("under", recursive=True)
    under = under.union(sa.select(Organisation.id).where(Organisation.parent_id == under.c.id))
    return sa.select(under.c.id)


def families() -> sa.CTE:
    """Of every organisation (`id`) the topmost one above it (`family_id`)."""
    top = sa.select(Organisation.id, Organisation.id.label("family_id")).where(
        Organisation.parent_id.is_(None)
    )
    found = top.cte("families", recursive=True)
    return found.union(
        sa.select(Organisation.id, found.c.family_id).where(Organisation.parent_id == found.c.id)
    )
