"""The frame of an organisation's pages: side navigation, and tabs on a phone.

A page extends `layouts/org.html` and says `{% set page = "…" %}` with the key of its entry. An entry stands here before
its room is built: it is shown where its endpoint exists and the member's role may open it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import current_app, request, url_for
from flask_babel import gettext

from shop.accounts.models import OrganisationKind
from shop.accounts.organisations import APPROVER, APPROVING, BUYER, OWNER, VIEWER, Membership
from shop.kit.clock import utc_now
from shop.kit.text import msg
from shop.ordering.approvals.queries import count_waiting
from shop.web.database import read_session
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.membership import own_organisation
from shop.web.viewer import current_viewer

_EVERYBODY: Final = (OWNER, BUYER, APPROVER, VIEWER)


@dataclass(frozen=True)
class Entry:
    key: str
    endpoint: str  # takes the organisation's slug
    label: str
    icon: str
    roles: tuple[str, ...] = _EVERYBODY
    kind: OrganisationKind | None = None  # only for organisations of this kind


ENTRIES: Final = (
    Entry("canteen", "organisation.canteen", msg("Canteen"), icon="egg-fried", kind=OrganisationKind.CANTEEN),
    Entry("campaigns", "organisation.campaigns", msg("Welfare campaigns"), icon="gift"),
    Entry("gifts", "organisation.gifts", msg("Gift orders"), icon="box2-heart"),
    Entry("quotations", "organisation.quotations", msg("Quotations"), icon="file-earmark-text"),
    Entry("approvals", "organisation.approvals", msg("Approvals"), icon="person-check"),
    Entry("account", "organisation.account", msg("Bills and invoices"), icon="receipt"),
    Entry("members", "organisation.members", msg("Members and limits"), icon="people"),
    Entry("purchases", "organisation.purchases", msg("Purchases"), icon="bar-chart-line"),
    Entry("settings", "organisation.settings", msg("The organisation"), icon="gear", roles=(OWNER,)),
)


@organisation.context_processor
def _frame() -> dict[str, Any]:
    """Only a page in the frame asks for it: a page about an error reads nothing."""
    return {"org_items": _items, "org_here": _here}


def _here() -> dict[str, Any]:
    """Which organisation this is, and whether its member has others to change to."""
    return {
        "organisation": _membership().organisation,
        "has_others": len(current_viewer().organisation_ids) > 1,
    }


def _items() -> list[dict[str, Any]]:
    """What the work layout calls `nav_items`."""
    here = _membership()
    return [
        {
            "key": entry.key,
            "href": url_for(entry.endpoint, slug=here.organisation.slug),
            "label": gettext(entry.label),
            "icon": entry.icon,
            "count": _waiting(here) if entry.key == "approvals" else 0,
        }
        for entry in ENTRIES
        if entry.endpoint in current_app.view_functions
        and here.may(*entry.roles)
        and entry.kind in (None, here.organisation.kind)
    ]


def _waiting(here: Membership) -> int:
    """What this member may approve now."""
    if not here.may(*APPROVING):
        return 0
    return count_waiting(read_session(), here.organisation.id, beside=here.user_id, now=utc_now())


def _membership() -> Membership:
    return own_organisation((request.view_args or {})["slug"])
