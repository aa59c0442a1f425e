"""Bank receipts that pay nothing yet, and transfers on which a second person has to speak."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.kit.clock import day_range
from shop.payments.joint.awaited import waiting_joints
from shop.payments.second_person import waiting_proposals
from shop.payments.statements.work import first_open_receipts
from shop.reports.piles import Item, Pile, Waiting


def waiting_receipts(session: Session, now: datetime, most: int) -> Waiting:
    """The proposals first: somebody has done their half. Three statements."""
    proposals = waiting_proposals(session, most=most)
    receipts = first_open_receipts(session, most=most, waiting=True)
    items = [
        Item(
            *("", one.order_number, one.order_number, "second"),
            amount_fen=one.amount_fen,
            since=one.proposed_at,
            key=f"proposal/{one.id}",
        )
        for one in proposals.items
    ]
    joints = waiting_joints(session)
    items += [
        Item(
            *("", one.title, one.title, "second"),
            amount_fen=one.said_fen or 0,
            since=one.said_at or now,
            key=f"joint/{one.id}",
        )
        for one in joints[: most - len(items)]
    ]
    for line in receipts.items[: most - len(items)]:
        name, since = line.payer or "–", line.booked_at or day_range(line.booked_on, line.booked_on)[0]
        items.append(
            Item(
                str(line.id),
                name,
                name,
                "second" if line.waits else "",
                detail_zh=line.remark,
                detail_en=line.remark,
                amount_fen=line.left_fen,
                since=since,
            )
        )
    return Waiting(Pile.RECEIPTS, receipts.total + proposals.total + len(joints), items, receipts.added)
