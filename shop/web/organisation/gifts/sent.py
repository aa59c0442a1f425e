"""A gift that was ordered: how far its orders are placed, and where each parcel is."""

from __future__ import annotations

from typing import Any, Final

from flask import redirect, render_template, url_for
from flask_babel import gettext

from shop.fulfilment.sent_parcels import sent_parcels
from shop.gifts.lapsed import standing_of
from shop.gifts.models import GiftStatus
from shop.gifts.reader import orders_of
from shop.kit.text import msg
from shop.payments.joint.awaited import joints_to_pay
from shop.storage.paging import read_page
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.gifts.frame import here, pages_of
from shop.web.organisation.gifts.gifts import page_number
from shop.web.viewer import current_user_id

PAGE_SIZE: Final = 30
SOMETHING: Final = msg("Something came between. Please look at the rest again.")
STOPPED: Final = {
    "sold_out": msg("There is not enough of the goods for the rest any more."),
    "would_not_keep": msg("The goods that are left would not arrive fresh."),
    "not_for_sale": msg("Something in the gift is not for sale any more."),
    "over_terms_limit": msg("The limit of your organisation is used up meanwhile."),
    "no_terms": msg("Your organisation has no terms with the shop at present."),
    "joint_is_looked_at": msg("Finance was looking at the transfer of what is ordered already."),
    "gift_total_changed": msg("A price or the freight is another one than you saw."),
}


@organisation.get("/<slug>/gifts/<int:gift_id>")
@signed_in
def gift(slug: str, gift_id: int) -> Any:
    """A draft leads to the first step that is not done."""
    at = here(slug, gift_id)
    if at.gift.status is GiftStatus.DRAFT:
        step = "gift_recipients" if at.goods else "gift_goods"
        return redirect(url_for(f"organisation.{step}", slug=slug, gift_id=gift_id))
    session = read_session()
    found = read_page(session, orders_of(session, gift_id), number=page_number(), size=PAGE_SIZE)
    return render_template(
        "organisation/gifts/sent.html",
        at=at,
        gift=at.gift,
        found=found,
        parcels=sent_parcels(session, [one.id for one in found.items]),
        me=current_user_id(),
        transfers=joints_to_pay(session, gift_id),
        standing=standing_of(session, gift_id),
        may_make=at.may_make,
        stopped=gettext(STOPPED.get(at.gift.stopped_because, SOMETHING)),
        page_url=pages_of("organisation.gift", slug=slug, gift_id=gift_id),
    )
