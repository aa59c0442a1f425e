"""Organisations by name, for somebody at a counter who is told for whom is bought: names alone, and few at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.kit.text import tidy

FEWEST_LETTERS: Final = 2
MOST_FOUND: Final = 8
LONGEST_TYPED: Final = 60


@dataclass(frozen=True, slots=True)
class BuyingOrganisation:
    """`can_have_invoice`: it has a title and a tax number. What they are is nobody's business at a counter."""

    id: int
    slug: str
    name: str
    can_have_invoice: bool


def organisations_called(session: Session, typed: str) -> Sequence[BuyingOrganisation]:
    """Whose name has what was typed in it, or whose short name it is; that one first. One statement, or none."""
    said = tidy(typed)[:LONGEST_TYPED]
    if len(said) < FEWEST_LETTERS:
        return []
    is_it = sa.func.lower(Organisation.slug) == said.lower()
    has_it = Organisation.name.icontains(said, autoescape=True)
    wanted = _names().where(sa.or_(is_it, has_it)).order_by(sa.case((is_it, 0), else_=1), Organisation.name)
    return [BuyingOrganisation(*row) for row in session.execute(wanted.limit(MOST_FOUND))]


def organisation_called(session: Session, slug: str) -> BuyingOrganisation | None:
    """By its short name. One statement."""
    row = session.execute(_names().where(Organisation.slug == slug)).one_or_none()
    return None if row is None else BuyingOrganisation(*row)


def _names() -> sa.Select[int, str, str, bool]:
    billed = sa.and_(Organisation.invoice_title != "", Organisation.tax_number != "")
    return sa.select(
        Organisation.id,
        Organisation.slug,
        Organisation.name,
        sa.cast(sa.case((billed, 1), else_=0), sa.Boolean),
    )
