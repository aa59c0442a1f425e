"""Many rows with one fault: whoever wrote 雁塔区 without 西安市 wrote it fifty times. One press mends them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.gifts.access import lock_gift
from shop.gifts.addresses import Place, read_address
from shop.gifts.judging import Typed, judge
from shop.gifts.listing import facts_of, served_provinces, touch_list
from shop.gifts.models import GiftRecipient, RecipientState
from shop.gifts.twins import mark_twins

LOOKED_AT: Final = 1_000  # rows, for what is offered; a press mends every row
OFFERED: Final = 6
SEPARATOR: Final = "|"


@dataclass(frozen=True, slots=True)
class SameFault:
    """A place that so many rows may mean, none of which says it in full."""

    province: str
    city: str
    district: str
    rows: int

    @property
    def key(self) -> str:
        return SEPARATOR.join((self.province, self.city, self.district))

    @property
    def written(self) -> str:
        return "".join(dict.fromkeys((self.province, self.city, self.district)))


def same_faults(session: Session, gift_id: int) -> list[SameFault]:
    """What more than one row may mean, the most frequent first. One statement."""
    rows = session.scalars(_bad(gift_id, GiftRecipient.address).limit(LOOKED_AT))
    found = Counter(
        (place.province, place.city, place.district)
        for address in rows
        for place in read_address(address).choices
    )
    return [SameFault(*place, rows=count) for place, count in found.most_common(OFFERED) if count > 1]


def correct_same(session: Session, gift_id: int, key: str, *, actor_id: int, now: datetime) -> int:
    """Every row that may mean this place means it; returns how many. What else is wrong with a row stays to be mended.

    Raises NotFound, GiftIsBusy, GiftWaits. Locks the gift.
    """
    gift = lock_gift(session, gift_id, actor_id)
    served = served_provinces(session)
    columns = (GiftRecipient.id, GiftRecipient.name, GiftRecipient.phone, GiftRecipient.address)
    changes = []
    for row in session.execute(_bad(gift_id, *columns)):
        place = _meant(read_address(row.address).choices, key)
        if place is not None:
            judged = judge(Typed(row.name, row.phone, place.written), served)
            changes.append({"id": row.id, **facts_of(judged)})
    if changes:
        session.execute(sa.update(GiftRecipient), changes)
        touch_list(gift, now)
        mark_twins(session, gift_id)
    return len(changes)


def _bad(gift_id: int, *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    is_bad = (GiftRecipient.gift_id == gift_id, GiftRecipient.state == RecipientState.BAD)
    return sa.select(*columns).where(*is_bad).order_by(GiftRecipient.row)


def _meant(choices: Sequence[Place], key: str) -> Place | None:
    return next((one for one in choices if _key(one) == key), None)


def _key(place: Place) -> str:
    return SEPARATOR.join((place.province, place.city, place.district))
