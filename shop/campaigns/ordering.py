"""The order of a campaign for one pickup point: what its members chose, at the frozen prices, on the union's account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, User
from shop.campaigns.closing_plan import units_by_point
from shop.campaigns.models import Campaign, CampaignOrder
from shop.campaigns.reading import Offer
from shop.campaigns.signing import procurement_of
from shop.campaigns.swapping import Swap, Taken
from shop.campaigns.trucks import NoTruck, truck_for
from shop.inventory.allocation import Cap
from shop.kit.errors import Conflict
from shop.kit.text import msg
from shop.ordering.direct.placing import place_direct_order
from shop.ordering.direct.wish import DirectWish, Item
from shop.ordering.models import Channel, InvoiceKind
from shop.ordering.wish import InvoiceWish, Pickup, Recipient

ON_ACCOUNT = "on_account"


class NothingToOrder(Conflict):
    code = "campaign_nothing_to_order"
    default_message = msg("Nobody has chosen anything, so there is nothing to order.")


def place_next(
    session: Session,
    campaign: Campaign,
    offer: Offer,
    taken: Sequence[Taken],
    swaps: Sequence[Swap],
    cap: Cap,
    *,
    now: datetime,
) -> bool:
    """The order of the next point without one; False when each has its own. The campaign is locked.

    Raises NothingToOrder, NoTruck, and what placing an order raises.
    """
    units = units_by_point(offer, taken, swaps)
    if not units and not any(one.pickup_point_id is None for one in taken):
        raise NothingToOrder()
    known = sa.select(CampaignOrder.pickup_point_id).where(CampaignOrder.campaign_id == campaign.id)
    waiting = sorted(units.keys() - set(session.scalars(known)))
    if not waiting:
        return False
    point_id = waiting[0]
    placed = place_direct_order(
        session, _wish(session, campaign, offer, point_id, units[point_id], cap, now), now=now
    )
    session.add(CampaignOrder(campaign_id=campaign.id, pickup_point_id=point_id, order_id=placed.order_id))
    session.flush()
    return True


def _wish(
    session: Session,
    campaign: Campaign,
    offer: Offer,
    point_id: int,
    units: Mapping[int, int],
    cap: Cap,
    now: datetime,
) -> DirectWish:
    run = truck_for(session, point_id, campaign.distribution_on, now=now)
    if run is None:
        raise NoTruck(field="run", point=offer.points[point_id].name_zh)
    organisation = session.get_one(Organisation, campaign.organisation_id)
    closer = session.get(User, campaign.closing_by_id) if campaign.closing_by_id else None
    begun = f"{campaign.closing_at:%Y%m%d%H%M%S%f}" if campaign.closing_at else ""
    return DirectWish(
        token=f"campaign-{campaign.id}-{point_id}-{begun}",
        items=tuple(
            Item(variant_id, count, offer.goods[variant_id].price_fen)
            for variant_id, count in sorted(units.items())
        ),
        recipient=Recipient(campaign.contact, campaign.contact_phone, closer.email if closer else None),
        delivery=Pickup(point_id, run.id),
        payment_method=ON_ACCOUNT,
        channel=Channel.CAMPAIGN,
        user_id=campaign.closing_by_id,
        organisation_id=campaign.organisation_id,
        unit_id=None,
        note=campaign.title,
        invoice=InvoiceWish(InvoiceKind.ORGANISATION, organisation.invoice_title, organisation.tax_number),
        cap=cap,
        procurement=procurement_of(campaign),
        preorder_terms=msg("As agreed in the campaign: its rule for a short harvest."),
    )
