"""Whose canteen it is: every member of an organisation of this kind reads, owners and buyers order."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.accounts.models import OrganisationKind
from shop.accounts.organisations import Membership, require_org_role
from shop.kit.errors import NotFound


def require_canteen(session: Session, slug: str, user_id: int, *roles: str) -> Membership:
    """As `require_org_role`; raises NotFound also for an organisation of another kind."""
    here = require_org_role(session, slug, user_id, *roles)
    refuse_others(here)
    return here


def refuse_others(here: Membership) -> None:
    """Raises NotFound for an organisation that is no canteen."""
    if here.organisation.kind is not OrganisationKind.CANTEEN:
        raise NotFound()
