"""Who asked for papers for reimbursement is told when they can be taken. Never the files themselves."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember
from shop.kit.text import msg
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.reimbursement.events import PackEnded
from shop.reimbursement.models import PackKind, PackState, ReimbursementPack

# What the subject of a letter calls it; an order, a quotation and a bill have a number, the others have none to show.
ABOUT: Final = {
    PackKind.ORDER: msg("order %(ref)s"),
    PackKind.QUOTATION: msg("quotation %(ref)s"),
    PackKind.BILL: msg("invoice %(ref)s"),
    PackKind.CAMPAIGN: msg("the welfare campaign"),
    PackKind.GIFT: msg("the gift"),
}


def tell_papers_ready(session: Session, event: PackEnded) -> None:
    """Once for each pack; nobody who has left the organisation meanwhile."""
    pack = session.get_one(ReimbursementPack, event.pack_id)
    member = sa.select(OrganisationMember.user_id).where(
        OrganisationMember.organisation_id == pack.organisation_id,
        OrganisationMember.user_id == pack.asked_by_id,
    )
    user_id = session.scalar(member)
    if user_id is None:
        return
    organisation = session.get_one(Organisation, pack.organisation_id)
    facts = {
        "organisation": organisation.name,
        "about": ABOUT[pack.kind],
        "ref": pack.ref,
        "made": pack.state is PackState.MADE,
        "missing": pack.missing,
        "path": f"/org/{organisation.slug}/papers/{pack.kind.value}/{pack.ref}",
    }
    enqueue_message(
        session,
        Message.PAPERS_READY,
        user_id=user_id,
        facts=facts,
        dedupe_key=f"papers {pack.id}",
        now=event.at,
    )
