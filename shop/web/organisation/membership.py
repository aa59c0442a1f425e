"""Who looks at an organisation's pages: read once a request."""

from __future__ import annotations

from flask import g

from shop.accounts.organisations import Membership, require_org_role
from shop.kit.errors import NotFound
from shop.web.database import read_session
from shop.web.viewer import current_user_id


def own_organisation(slug: str, *roles: str) -> Membership:
    """The viewer's membership; behind `@signed_in`. Raises NotFound as `require_org_role` does."""
    known: Membership | None = g.get("membership")
    if known is None or known.organisation.slug != slug:
        known = g.membership = require_org_role(read_session(), slug, current_user_id())
    if roles and not known.may(*roles):
        raise NotFound()
    return known
