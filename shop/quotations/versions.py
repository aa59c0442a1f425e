"""The team's side: a draft is written, read, and sent; from then on it never changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.audit import audit
from shop.catalogue.models import Product, Variant
from shop.catalogue.split import current_rule
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy, tidy_lines
from shop.ordering.models import DeliveryKind
from shop.ordering.wish import Pickup
from shop.quotations.access import lock_quotation
from shop.quotations.errors import ChangedMeanwhile, NotToBeAccepted
from shop.quotations.events import QuotationDeclined, QuotationSent
from shop.quotations.models import (
    Quotation,
    QuotationLine,
    QuotationState,
    QuotationTier,
    QuotationVersion,
)
from shop.quotations.reopening import reopen_if_called_off
from shop.quotations.transitions import OPEN, QUOTATIONS
from shop.quotations.version_wish import LONGEST_TERMS, LineWish, VersionWish, refuse_senseless
from shop.storage.event_log import record

LONGEST_REASON = 300


def save_draft(session: Session, number: str, wish: VersionWish, *, actor_id: int, now: datetime) -> int:
    """Write the next version down, in place of a draft that was there; returns its number. Nothing is sent yet.

    Raises NotFound, InvalidInput by field, NotToBeAccepted once the quotation is over.
    """
    quotation = lock_quotation(session, number)
    reopen_if_called_off(session, quotation, now=now)
    if quotation.state not in OPEN:
        raise NotToBeAccepted()
    refuse_senseless(wish, shanghai_date(now))
    names, rule = _names(session, wish), current_rule(session, now)
    versions = _versions(session, quotation.id)
    draft = next((one for one in versions if one.sent_at is None), None)
    if draft is None:
        draft = QuotationVersion(
            quotation_id=quotation.id, number=1 + max((one.number for one in versions), default=0), lines=[]
        )
        session.add(draft)
    else:
        draft.lines.clear()
        session.flush()
    _fill(draft, wish)
    draft.lines = [_line(one, names[one.variant_id]) for one in wish.lines]
    draft.split_version = rule.version
    draft.made_at, draft.made_by_id = now, actor_id
    session.flush()
    return draft.number


def send_version(
    session: Session, number: str, version: int, *, seen_at: str, actor_id: int, now: datetime
) -> bool:
    """It goes out as it was read: `seen_at` is when the draft that was shown was made. False when it went out before.

    Raises NotFound, ChangedMeanwhile, IllegalStep once the quotation is over, InvalidInput when its last day is over.
    """
    quotation = lock_quotation(session, number)
    draft = next((one for one in _versions(session, quotation.id) if one.number == version), None)
    if draft is None:
        raise NotFound()
    if draft.sent_at is not None:
        return False
    if draft.made_at.isoformat() != seen_at:
        raise ChangedMeanwhile()
    if draft.valid_until < shanghai_date(now):
        raise InvalidInput(msg("Please choose a day from today on, within a year."), field="valid_until")
    reopen_if_called_off(session, quotation, now=now)
    quotation.state = QUOTATIONS.step(quotation.state, QuotationState.QUOTED)
    quotation.waits_since = draft.sent_at = now
    session.flush()
    _audit(session, quotation, "quotation.sent", actor_id, now, version=version, total_fen=draft.total_fen)
    record(session, QuotationSent(draft.id))
    return True


def decline(session: Session, number: str, reason: str, *, actor_id: int, now: datetime) -> bool:
    """The shop makes no offer. False when it was so before. Raises NotFound, InvalidInput without a reason, IllegalStep."""
    quotation, said = lock_quotation(session, number), tidy(reason)[:LONGEST_REASON]
    if not said:
        raise InvalidInput(msg("Please say why."), field="reason")
    if quotation.state is QuotationState.DECLINED:
        return False
    reopen_if_called_off(session, quotation, now=now)
    quotation.state = QUOTATIONS.step(quotation.state, QuotationState.DECLINED)
    quotation.waits_since, quotation.decision = now, said
    _audit(session, quotation, "quotation.declined", actor_id, now, reason=said)
    record(session, QuotationDeclined(quotation.id))
    return True


def _versions(session: Session, quotation_id: int) -> list[QuotationVersion]:
    statement = (
        sa.select(QuotationVersion)
        .where(QuotationVersion.quotation_id == quotation_id)
        .options(selectinload(QuotationVersion.lines).selectinload(QuotationLine.price_tiers))
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(statement))


def _names(session: Session, wish: VersionWish) -> dict[int, Any]:
    """Raises InvalidInput for what there is not."""
    wanted = [one.variant_id for one in wish.lines]
    rows = session.execute(
        sa.select(
            *(Variant.id, Product.name_zh, Product.name_en),
            *(Variant.name_zh.label("pack_zh"), Variant.name_en.label("pack_en")),
        )
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(wanted))
    )
    found = {row.id: row for row in rows}
    if len(found) < len(wanted):
        raise InvalidInput(msg("One of these products is not for sale any more."), field="lines")
    return found


def _fill(draft: QuotationVersion, wish: VersionWish) -> None:
    draft.what_changed = tidy(wish.what_changed)[:120]
    draft.goods_fen, draft.freight_fen, draft.discount_fen = (
        wish.goods_fen,
        wish.freight_fen,
        wish.discount_fen,
    )
    draft.discount_words = tidy(wish.discount_words)[:80] if wish.discount_fen else ""
    draft.valid_until = wish.valid_until
    draft.days, draft.place = tidy(wish.days)[:120], tidy(wish.place)[:200]
    draft.terms = tidy_lines(wish.terms)[:LONGEST_TERMS]
    draft.pickup_point_id = draft.run_id = None
    draft.province = draft.city = draft.district = draft.address = None
    if isinstance(wish.delivery, Pickup):
        draft.delivery = DeliveryKind.PICKUP
        draft.pickup_point_id, draft.run_id = wish.delivery.point_id, wish.delivery.run_id
        return
    draft.delivery = DeliveryKind.COURIER
    draft.province, draft.city = wish.delivery.province, wish.delivery.city
    draft.district, draft.address = wish.delivery.district, wish.delivery.street


def _line(wish: LineWish, names: Any) -> QuotationLine:
    return QuotationLine(
        variant_id=wish.variant_id,
        product_name_zh=names.name_zh,
        product_name_en=names.name_en,
        variant_name_zh=names.pack_zh,
        variant_name_en=names.pack_en,
        quantity=wish.quantity,
        unit_price_fen=wish.unit_price_fen,
        line_fen=wish.line_fen,
        price_tiers=[
            QuotationTier(from_quantity=one.from_quantity, unit_price_fen=one.unit_price_fen)
            for one in wish.tiers
        ],
    )


def _audit(
    session: Session, quotation: Quotation, action: str, actor_id: int, now: datetime, **facts: Any
) -> None:
    audit(session, actor_id, action, "quotation", quotation.number, facts, now=now)
