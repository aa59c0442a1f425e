"""Gift orders in the whole shop: a draft of each buyer's organisation, and one that was sent and has work for a farmer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.gifts.models import Gift, GiftItem, GiftRecipient, GiftStatus, RecipientState
from shop.gifts.packaging_models import GiftPackaging
from shop.ordering.events import OrderConfirmed
from shop.ordering.gift_models import OrderGift
from shop.ordering.models import Channel, Order
from shop.payments.joint.models import JointState, JointTransfer
from shop.payments.models import Payment, PaymentStatus
from shop.purchases.counting import count_purchase
from shop.reimbursement.models import PackKind, ReimbursementPaper, Slot


def plant_gifts(session: Session, world: Any, now: datetime) -> dict[str, Any]:
    """By buyer what its draft's pages name; by farmer the gift that a task of theirs is of."""
    drafts, worked_for, papers = {}, {}, {}
    for buyer, side, farmer in (("buyer", "a", "farmer"), ("buyer2", "b", "farmer2")):
        slug = world.records["organisations"][buyer]
        organisation_id = session.scalars(select(Organisation.id).where(Organisation.slug == slug)).one()
        draft, sent = (_gift(session, organisation_id, f"{name} {buyer}", now) for name in ("草稿", "寄出"))
        session.add(GiftItem(gift_id=draft.id, variant_id=world.variants[f"SAFE-{side.upper()}"], quantity=1))
        rows = [
            _row(draft.id, 2, RecipientState.READY, "13800000002", province="陕西省", city="西安市"),
            _row(draft.id, 3, RecipientState.BAD, "1380000000"),
        ]
        session.add_all(rows)
        session.flush()
        drafts[buyer] = {"slug": slug, "gift_id": draft.id, "row_id": rows[1].id}
        sent.status, sent.ordered_at = GiftStatus.PLACED, now
        _is_of(session, world.orders[side]["accepted"].id, sent)
        papers[buyer] = _papers(session, slug, organisation_id, world.orders[side]["accepted"].number, now)
        worked_for[farmer] = sent.id
        packed = _gift(session, organisation_id, f"装箱 {buyer}", now)
        packed.status, packed.ordered_at = GiftStatus.PLACED, now
        _is_of(session, world.orders[side]["received"].id, packed)
    box = _gift(session, sent.organisation_id, "礼盒", now)  # both farmers have a part of its order
    box.status, box.ordered_at = GiftStatus.PLACED, now
    _is_of(session, world.orders["b"]["box_received"].id, box)
    session.flush()
    made = _transfer(session, sent, world, now)
    return {"gifts": drafts, "gifts_to_make": worked_for, "papers": papers, **made}


def _transfer(session: Session, gift: Gift, world: Any, now: datetime) -> dict[str, int]:
    """What the gift is packed in, and the transfer for it, of which one person of finance has said that it came."""
    packaging = GiftPackaging(name_zh="示例礼盒", name_en="Sample box", note_zh="绸带打结", price_fen=800)
    joint = JointTransfer(
        gift_id=gift.id, organisation_id=gift.organisation_id, title=gift.name, reference="PLANTEDGIFT",
        request={"payee": "平利合作社", "bank": "农业银行", "number": "6217"}, created_at=now, expires_at=now,
        state=JointState.SAID, said_at=now, amount_fen=100,
    )  # fmt: skip
    session.add_all([packaging, joint])
    session.flush()
    order = world.orders["b"]["accepted"]
    session.add(
        Payment(
            order_id=order.id,
            attempt=99,
            provider="bank_transfer",
            status=PaymentStatus.FAILED,
            amount_fen=100,
            reference="PLANTEDJOINT",
            created_at=now,
            ended_at=now,
            joint_id=joint.id,
        )
    )
    session.flush()
    return {"gift_packaging": packaging.id, "joint": joint.id}


def _papers(session: Session, slug: str, organisation_id: int, number: str, now: datetime) -> dict[str, Any]:
    """A slip that the organisation attached to the papers of one order."""
    paper = ReimbursementPaper(
        organisation_id=organisation_id, kind=PackKind.ORDER, ref=number, slot=Slot.PAYMENT, name="回单.pdf",
        file=f"reimbursement/{number.lower()}.pdf", digest=number, size=1, sent_at=now,
    )  # fmt: skip
    session.add(paper)
    session.flush()
    return {"slug": slug, "kind": "order", "ref": number, "paper_id": paper.id}


def _is_of(session: Session, order_id: int, gift: Gift) -> None:
    """As if the order had been placed for this gift."""
    order = session.get_one(Order, order_id)
    order.channel, order.organisation_id = Channel.GIFT, gift.organisation_id
    session.add(OrderGift(order_id=order_id, gift_id=gift.id))
    session.flush()
    count_purchase(session, OrderConfirmed(order_id, None))


def _gift(session: Session, organisation_id: int, name: str, now: datetime) -> Gift:
    gift = Gift(
        organisation_id=organisation_id, name=name, made_token=name, card_text="{称呼}：多谢。", created_at=now, updated_at=now
    )  # fmt: skip
    session.add(gift)
    session.flush()
    return gift


def _row(gift_id: int, row: int, state: RecipientState, phone: str, **place: Any) -> GiftRecipient:
    written: Mapping[str, Any] = {"district": "碑林区", "street": "友谊路 1 号", **place} if place else {}
    return GiftRecipient(
        gift_id=gift_id, row=row, state=state, name="示例收礼人", phone=phone, address="陕西省西安市碑林区友谊路 1 号", **written
    )  # fmt: skip
