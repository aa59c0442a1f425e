"""A day of a standing order brought nothing: who set it up is told, or its owners where that person is gone."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember
from shop.accounts.organisations import BUYING, OWNER
from shop.canteens.events import StandingNotPlaced
from shop.canteens.standing_models import StandingDay, StandingOrder
from shop.canteens.words import OTHER, REASONS
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.ordering.models import Order


def tell_not_placed(session: Session, event: StandingNotPlaced) -> None:
    standing = session.get_one(StandingOrder, event.standing_id)
    day = session.get_one(StandingDay, (event.standing_id, event.on))
    organisation = session.get_one(Organisation, standing.organisation_id)
    order = session.get(Order, day.order_id) if day.order_id is not None else None
    facts = {
        "organisation": organisation.name,
        "slug": organisation.slug,
        "standing_id": standing.id,
        "standing": standing.name,
        "day": event.on.isoformat(),
        "reason": REASONS.get(day.code, OTHER),
        "rest_zh": day.facts.get("name_zh", ""),
        "rest_en": day.facts.get("name_en", ""),
        "order": order.number if order is not None else "",
    }
    for user_id in _people(session, standing):
        enqueue_message(
            session,
            Message.STANDING_NOT_PLACED,
            user_id=user_id,
            facts=facts,
            dedupe_key=f"standing {standing.id} {event.on} {day.tries} {user_id}",
            now=event.at,
        )


def _people(session: Session, standing: StandingOrder) -> Sequence[int]:
    """Who set it up and still orders for it, else its owners. One statement."""
    members = session.execute(
        sa.select(OrganisationMember.user_id, OrganisationMember.role)
        .where(
            OrganisationMember.organisation_id == standing.organisation_id,
            OrganisationMember.role.in_(BUYING),
        )
        .order_by(OrganisationMember.user_id)
    ).all()
    if standing.user_id in {user_id for user_id, _role in members}:
        return [standing.user_id or 0]
    return [user_id for user_id, role in members if role == OWNER]
