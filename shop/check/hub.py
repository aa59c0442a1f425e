"""The county hub's steps and the books say the same, and each step is of something that was done once."""

from __future__ import annotations

import sqlalchemy as sa

from shop.catalogue.models import PackingPlace, PackingPlaceKind
from shop.check.rule import or_nothing, rule, total
from shop.fulfilment.hub.models import HubStep, HubStepKind, MergedParcel, RepackRequest
from shop.fulfilment.models import Parcel
from shop.ledger.hub_booking import STEP_REFERENCE, UNDONE
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting

_names = sa.or_(JournalEntry.reference == STEP_REFERENCE, JournalEntry.reference == STEP_REFERENCE + UNDONE)
_posted = (
    sa.select(
        HubStep.id.label("step_id"),
        total(sa.case((Posting.account == Account.HUB_PAYABLE, -Posting.amount_fen), else_=0), "hub"),
        total(sa.case((Posting.account == Account.PACKING_PAYABLE, Posting.amount_fen), else_=0), "packing"),
    )
    .join(JournalEntry, sa.and_(JournalEntry.kind == EntryKind.HUB_WORK, _names))
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .group_by(HubStep.id)
    .subquery()
)
_cost = sa.case((HubStep.undone_at.is_(None), HubStep.count * HubStep.price_fen), else_=0)
_hub, _packing = or_nothing(_posted.c.hub), or_nothing(_posted.c.packing)
_of_repacking = sa.exists().where(RepackRequest.lot_id == HubStep.lot_id)
_stands = HubStep.undone_at.is_(None)

RULES = (
    rule(
        "hub: a step that stands is booked at its cost, one that was undone at nothing",
        sa.select(HubStep.id, HubStep.kind, _cost.label("cost"), _hub.label("hub"), _packing.label("packing"))
        .outerjoin(_posted, _posted.c.step_id == HubStep.id)
        .where(sa.or_(_hub != _cost, _packing != _cost)),
        "hub step {id}",
        "{kind} costs {cost} fen, the hub is owed {hub}, packing gave {packing}",
    ),
    rule(
        "hub: no entry of its work without a step",
        sa.select(JournalEntry.reference, JournalEntry.posted_at).where(
            JournalEntry.kind == EntryKind.HUB_WORK, ~sa.exists().where(_names)
        ),
        "entry {reference}",
        "posted {posted_at}, nobody did such a step",
    ),
    rule(
        "hub: nobody else is paid for steps",
        sa.select(HubStep.id, PackingPlace.slug)
        .join(PackingPlace, PackingPlace.id == HubStep.packing_place_id)
        .where(PackingPlace.kind != PackingPlaceKind.HUB, _stands),
        "hub step {id}",
        "done at {slug}, which is no hub",
    ),
    rule(
        "hub: a lot that it packed anew has one step that stands, and its request",
        sa.select(HubStep.id, HubStep.subject).where(
            HubStep.kind == HubStepKind.REPACK, _stands != _of_repacking
        ),
        "hub step {id}",
        "lot {subject}",
    ),
    rule(
        "hub: a parcel lies in another one, or stands by itself",
        sa.select(MergedParcel.code, HubStep.subject)
        .join(HubStep, HubStep.id == MergedParcel.step_id)
        .join(Parcel, Parcel.code == MergedParcel.code)
        .where(_stands),
        "parcel {code}",
        "stands by itself, and lies in {subject}",
    ),
)
