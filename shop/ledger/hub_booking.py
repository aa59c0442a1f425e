"""What the county hub did, in the books: the packing part of prices goes to it from the villages whose goods it had.

The money for packing stands with the villages from the sale on. A step moves what it costs to the hub's account, which
a bank movement empties when the hub is paid. Entries belong to no order: a refund takes back the sale, not the work.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.events import HubWorkDone, HubWorkUndone
from shop.fulfilment.hub.models import HubStep
from shop.kit.money import split
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.posting import Place, gather, post

# SQL: the reference of a step's entry, and what stands behind it in that of the entry that takes it back.
STEP_REFERENCE: Final = sa.literal("hub_step:") + sa.cast(HubStep.id, sa.String)
UNDONE: Final = ":undone"


def step_reference(step_id: int) -> str:
    return f"hub_step:{step_id}"


def book_hub_work(session: Session, event: HubWorkDone) -> None:
    """Packing of the villages → owed to the hub, divided by weight to the fen. A step that costs nothing has no entry."""
    step = session.get_one(HubStep, event.step_id)
    cost = step.count * step.price_fen
    parts = split(cost, [weight for _village, weight in event.villages])
    amounts = gather(
        [
            (Place(Account.HUB_PAYABLE), -cost),
            *(
                (Place(Account.PACKING_PAYABLE, village_id=village_id), fen)
                for (village_id, _weight), fen in zip(event.villages, parts, strict=True)
            ),
        ]
    )
    post(session, EntryKind.HUB_WORK, step_reference(step.id), amounts, now=step.done_at)


def book_hub_work_undone(session: Session, event: HubWorkUndone) -> None:
    """The same the other way round, naming the entry that it takes back."""
    step = session.get_one(HubStep, event.step_id)
    entry = session.scalar(sa.select(JournalEntry).where(JournalEntry.reference == step_reference(step.id)))
    if entry is None or step.undone_at is None:
        return
    booked = sa.select(Posting.account, Posting.village_id, Posting.amount_fen).where(
        Posting.entry_id == entry.id
    )
    back = {
        Place(account, village_id=village_id): -fen for account, village_id, fen in session.execute(booked)
    }
    post(
        session,
        EntryKind.HUB_WORK,
        entry.reference + UNDONE,
        back,
        now=step.undone_at,
        reverses_id=entry.id,
    )
