"""By which way an order came, and how purchases that came so help the villages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ordering.models import Channel
from shop.purchases.models import ChannelKind, PurchaseKind

CHANNEL_WORDS: Final[dict[str, str]] = {
    Channel.SHOP.value: msg("This shop"),
    Channel.CAMPAIGN.value: msg("Welfare campaign"),
    Channel.GIFT.value: msg("Gifts"),
    Channel.QUOTATION.value: msg("Quotation"),
    Channel.CANTEEN.value: msg("Canteen order"),
    Channel.OUTSIDE.value: msg("Order from elsewhere"),
    Channel.COUNTER.value: msg("Sold at a point"),
}
PLATFORM: Final = "832"  # of rows that are no orders of this shop
PLATFORM_WORD: Final = msg("Public platform (832)")
KIND_WORDS: Final = {
    PurchaseKind.DIRECT: msg("Bought directly"),
    PurchaseKind.HELPED: msg("Helped to sell"),
}
# Beside every figure that could be taken for it.
NOT_RESERVED: Final = msg(
    "Purchases in this shop do not fill the share that is reserved for the public platform (832)."
)


def kinds_by_channel(session: Session) -> dict[str, PurchaseKind]:
    """Of every channel, as it is set now."""
    said: dict[str, PurchaseKind] = dict(
        session.execute(sa.select(ChannelKind.channel, ChannelKind.kind)).all()
    )
    return {channel: said.get(channel, PurchaseKind.DIRECT) for channel in CHANNEL_WORDS}


def set_channel_kinds(
    session: Session, kinds: Mapping[str, str], *, actor_id: int | None, now: datetime
) -> None:
    """For orders that are confirmed from now on. Raises InvalidInput."""
    before = kinds_by_channel(session)
    for channel, typed in kinds.items():
        if channel not in CHANNEL_WORDS or typed not in set(PurchaseKind):
            raise InvalidInput(msg("Please choose one from the list."), field=channel)
    for channel, typed in kinds.items():
        kind = PurchaseKind(typed)
        if kind is not before[channel]:
            session.merge(ChannelKind(channel=channel, kind=kind))
            facts = {"kind": [before[channel].value, kind.value]}
            audit(session, actor_id, "purchase_channel.changed", "purchase_channel", channel, facts, now=now)
