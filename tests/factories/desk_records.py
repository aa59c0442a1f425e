"""One record of each kind that the back office edits; what the seed has none of is planted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.campus.identities import link_identity
from shop.accounts.campus.models import CampusUnit, Provider
from shop.accounts.campus.people import CampusPerson
from shop.accounts.models import Organisation, OrganisationMember, Unit, User
from shop.accounts.page_texts import set_page_text
from shop.accounts.setting_models import SettingVersion
from shop.accounts.terms_models import OrganisationTerms
from shop.catalogue.models import (
    Category,
    Certificate,
    ComplianceClass,
    Household,
    PackingPlace,
    Pair,
    PictureState,
    PriceState,
    Producer,
    ProducerKind,
    Product,
    ProductPicture,
    Seller,
    TimedPrice,
    Variant,
    VariantTax,
    Village,
)
from shop.delivery.models import CalendarKind, CalendarSpan, FreightZone, PickupPoint, Run
from shop.fulfilment.override_models import Override
from shop.inventory.models import Allocation, Lot
from shop.invoicing.models import FileKind, InvoiceFile, InvoiceOrder, PurchaseVoucher, Series
from shop.invoicing.number_series import take_number
from shop.invoicing.requests import open_requests
from shop.invoicing.vouchers import bought_goods
from shop.kit.clock import shanghai_date
from shop.ledger.models import EntryKind, JournalEntry, Payout, PayoutRun
from shop.ledger.movements.deciding import entry_reference
from shop.ledger.movements.kinds import amounts_of
from shop.ledger.movements.models import BankMovement, MovementKind, MovementStatus
from shop.ledger.payouts.closing import close_payouts
from shop.ledger.posting import post
from shop.ledger.receipt_booking import place_receipts
from shop.ordering.claim_models import Claim, ClaimKind, ClaimPhoto
from shop.ordering.coupons.models import (
    CampaignState,
    CouponAudience,
    CouponBatch,
    CouponBearer,
    CouponCampaign,
    CouponCode,
    CouponKind,
    CouponScope,
)
from shop.ordering.errors import SoldOut
from shop.ordering.models import InvoiceKind, Order, OrderLine
from shop.ordering.outside.models import OutsideImport, OutsideSource, RefusedOrder, SourceKind
from shop.ordering.reasons import Reason
from shop.ordering.wish import InvoiceWish
from shop.payments.models import Payment, PaymentStatus, Refund
from shop.payments.providers.config import BANK_TRANSFER
from shop.payments.statements.models import (
    BankStatement,
    LineStatus,
    Proposal,
    RestDeed,
    RestNote,
    RestNoteStatus,
    StatementLine,
)
from shop.payments.terms.debts import is_open_debt
from shop.payments.terms.models import WriteOff
from shop.storage.outbox import OutboxMessage
from tests.factories.organisation_records import plant_organisation
from tests.factories.planted_canteens import plant_canteens
from tests.factories.planted_purchases import plant_purchases
from tests.factories.planted_quotations import plant_quotations
from tests.factories.planted_reviews import plant_reviews

KINDS: Final = {
    "category": Category, "certificate": Certificate, "compliance_class": ComplianceClass, "freight_zone": FreightZone,
    "household": Household, "organisation": Organisation, "packing_place": PackingPlace, "point": PickupPoint,
    "product": Product, "seller": Seller, "unit": Unit, "variant": Variant, "village": Village,
}  # fmt: skip


def desk_records(session: Session, world: Any, now: datetime) -> dict[str, Any]:
    """Numbers, and the numbers' names where an address names them: `payout`."""
    today = shanghai_date(now)
    span = CalendarSpan(
        kind=CalendarKind.HOLIDAY, first_day=today, last_day=today, name_zh="歇一天", name_en="A day off"
    )
    product_id = session.scalars(sa.select(Product.id).where(Product.slug == "safe-a")).one()
    picture = ProductPicture(
        product_id=product_id, key="0" * 32, state=PictureState.READY, width=10, height=10, created_at=now
    )
    claim = Claim(
        order_id=world.orders["a"]["completed"].id,
        kind=ClaimKind.OTHER,
        text="少一样",
        request_token="planted",
        opened_at=now,
        photos=[ClaimPhoto(key="0" * 32, state=PictureState.READY, created_at=now)],
    )
    session.add_all([span, picture, claim])
    close_payouts(session, today - timedelta(days=1), now=now)
    message = session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id).limit(1)).one()
    message.failed_at = now
    session.flush()
    found = {kind: session.scalars(sa.select(sa.func.min(model.id))).one() for kind, model in KINDS.items()}
    workshop = sa.select(sa.func.min(Producer.id)).where(Producer.kind == ProducerKind.WORKSHOP)
    by_machine = sa.select(sa.func.min(Refund.id)).join(Payment, Payment.id == Refund.payment_id)
    pending = sa.select(sa.func.min(Payment.id)).where(Payment.status == PaymentStatus.PENDING)
    member = sa.select(OrganisationMember.user_id).where(
        OrganisationMember.organisation_id == found["organisation"]
    )
    transfer_id = _transfer(session, world, now)
    invoice_id, file_id = _invoice(session, world, now)
    return found | {
        "calendar": span.id,
        "timed_price": _timed_price(session, found, now),
        **_coupons(session, now),
        **_outside(session, now),
        "picture": picture.id,
        "claim": claim.id,
        "claim_photo": claim.photos[0].id,
        "pictured": product_id,
        **plant_reviews(session, world, now),
        "message": message.id,
        "workshop": session.scalars(workshop).one(),
        "payment": session.scalars(pending).one(),
        "refund": session.scalars(by_machine.where(Payment.provider != BANK_TRANSFER)).one(),
        "transfer": transfer_id,
        "invoice": invoice_id,
        "invoice_file": file_id,
        "voucher": _voucher(session, now),
        "variant_tax": _variant_tax(session, found),
        "receipt": _receipt(session, now),
        "rest_note": _rest_note(session, now),
        "movement": _movements(session, now),
        "proposal": _proposal(session, transfer_id, now),
        "member": session.scalars(member.limit(1)).one(),
        "text_version": _text_version(session, now),
        **_debts(session, world, now),
        "override": _override(session, world, now),
        "pair": _pair(session, found, now),
        **plant_purchases(session, found, now),
        "run": session.scalars(sa.select(Run.id).where(Run.code == "SAFE-HERE")).one(),
        **_from_campus(session, world, now),
        "entry": session.scalars(sa.select(sa.func.min(JournalEntry.id))).one(),
        "payout": session.scalars(sa.select(sa.func.min(PayoutRun.number))).one(),
        "payout_id": session.scalars(sa.select(sa.func.min(Payout.id))).one(),
    }


def _text_version(session: Session, now: datetime) -> int:
    """A page text that somebody changed: its newest version."""
    changed = {"title_zh": "退货", "title_en": "Returns", "body_zh": "七天内", "body_en": "Within seven days"}
    set_page_text(session, "returns", **changed, actor_id=None, now=now)
    session.flush()
    return session.scalars(sa.select(sa.func.max(SettingVersion.id))).one()


def _override(session: Session, world: Any, now: datetime) -> int:
    """A coordinator gave units to whom the rule would not have given them."""
    got = session.execute(
        sa.select(Lot.producer_id, Producer.village_id, Allocation.variant_id, Allocation.units)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(OrderLine.order_id == world.orders["a"]["completed"].id)
        .order_by(Allocation.id)
    ).first()
    other = sa.select(sa.func.min(Producer.id)).where(Producer.id != got.producer_id)
    made = Override(
        at=now, order_id=world.orders["a"]["completed"].id, village_id=got.village_id, variant_id=got.variant_id,
        units=got.units, household_fen=100, from_producer_id=got.producer_id, by_rule_id=session.scalar(other),
        given_to_id=got.producer_id, reason="离集货点近",
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def _pair(session: Session, found: dict[str, Any], now: datetime) -> int:
    pair = Pair(
        unit_id=found["unit"],
        household_id=found["household"],
        first_day=(over := shanghai_date(now) - timedelta(days=2_000)),
        last_day=over,  # before any that the demo has
        agreed_by="院长与村支书",
    )
    session.add(pair)
    session.flush()
    return pair.id


def _debts(session: Session, world: Any, now: datetime) -> dict[str, Any]:
    """An organisation that owes, with terms that wait and a part that is to be given up; and one for each buyer."""
    debt, debtor = session.execute(
        sa.select(Payment, Order.organisation_id)
        .join(Order, Order.id == Payment.order_id)
        .where(is_open_debt())
        .order_by(Payment.id)
        .limit(1)
    ).one()
    terms = OrganisationTerms(organisation_id=debtor, limit_fen=5_000_000, days=60, proposed_at=now)
    given_up = WriteOff(
        payment_id=debt.id, order_id=debt.order_id, amount_fen=1, reason="手续费", token="planted", proposed_at=now
    )  # fmt: skip
    session.add_all([terms, given_up])
    slugs, of_organisations = {}, {}
    for buyer in ("buyer", "buyer2"):
        own = Organisation(
            slug=f"of-{buyer}", name=f"{buyer} 的单位", invoice_title=f"{buyer} 的抬头", tax_number="1" * 18
        )
        session.add(own)
        session.flush()
        session.add(OrganisationMember(organisation_id=own.id, user_id=world.users[buyer], role="owner"))
        slugs[buyer] = own.slug
        of_organisations[buyer] = plant_organisation(session, own, world, buyer, now)
    session.flush()
    return {
        "debtor": debtor, "debt": debt.id, "terms": terms.id, "write_off": given_up.id, "organisations": slugs,
        "of_organisations": of_organisations,
        "quotations": plant_quotations(session, world, slugs, now),
        "canteens": plant_canteens(session, world, slugs, now),
    }  # fmt: skip


def _invoice(session: Session, world: Any, now: datetime) -> tuple[int, int]:
    """A request that waits, and a document of it that lies nowhere."""
    order_id = world.orders["a"]["completed"].id
    asked = sa.select(InvoiceOrder.invoice_id).where(InvoiceOrder.order_id == order_id)
    invoice_id = session.scalars(asked.where(InvoiceOrder.waits.is_(True))).first()
    if invoice_id is None:
        order, wish = session.get_one(Order, order_id), InvoiceWish(InvoiceKind.PERSONAL, "林老师")
        invoice_id = open_requests(session, order, wish, actor_id=None, now=now)[0].id
    file = InvoiceFile(
        invoice_id=invoice_id, kind=FileKind.PDF, key="0" * 32, digest="0" * 64, size=9, added_at=now
    )
    session.add(file)
    session.flush()
    return invoice_id, file.id


def _voucher(session: Session, now: datetime) -> int:
    """Of the first payout, as if its money had left."""
    payout_id, seller_id, fen = session.execute(bought_goods().limit(1)).one()
    own = take_number(session, seller_id, Series.VOUCHER)
    voucher = PurchaseVoucher(
        seller_id=seller_id, sequence=own.sequence, number=own.text, payout_id=payout_id, amount_fen=fen,
        household_id=session.get_one(Payout, payout_id).household_id, opened_at=now,
    )  # fmt: skip
    session.add(voucher)
    session.flush()
    return voucher.id


def _variant_tax(session: Session, found: dict[str, Any]) -> int:
    tax = VariantTax(
        variant_id=found["variant"], seller_id=found["seller"], tax_rate_bp=900, tax_exempt=False
    )
    session.add(tax)
    session.flush()
    return tax.id


def _timed_price(session: Session, found: dict[str, Any], now: datetime) -> int:
    """A village asks for a lower price."""
    price = TimedPrice(
        variant_id=found["variant"], price_fen=1, starts_at=now, ends_at=now + timedelta(days=9), proposed=True,
        state=PriceState.PROPOSED, reason="只剩几天了", proposed_at=now, token="planted",
    )  # fmt: skip
    session.add(price)
    session.flush()
    return price.id


def _coupons(session: Session, now: datetime) -> dict[str, int]:
    """A campaign that waits for the second person, with a word and a code on a card."""
    campaign = CouponCampaign(
        name_zh="优惠", name_en="Coupon", kind=CouponKind.AMOUNT, amount_fen=100, scope=CouponScope.ALL,
        audience=CouponAudience.EVERYONE, budget_fen=1_000, bearer=CouponBearer.FUND, fund_name="工会",
        starts_at=now, ends_at=now + timedelta(days=9), state=CampaignState.PROPOSED, reason="试一试", proposed_at=now,
        token="planted",
    )  # fmt: skip
    session.add(campaign)
    session.flush()
    batch = CouponBatch(campaign_id=campaign.id, label="卡片", count=1, made_at=now, token="planted")
    session.add(batch)
    session.flush()
    session.add(
        CouponCode(campaign_id=campaign.id, digest="0" * 64, batch_id=batch.id, serial=1, most_uses=1)
    )
    session.add(CouponCode(campaign_id=campaign.id, digest="1" * 64, word="PLANTED"))
    session.flush()
    return {"coupon_campaign": campaign.id, "coupon_batch": batch.id}


def _outside(session: Session, now: datetime) -> dict[str, int]:
    """A chat group, and a table of its orders none of which could be placed."""
    source = OutsideSource(
        slug="planted", kind=SourceKind.CHAT_GROUP, name_zh="教工群", name_en="Staff group", collector="刘老师",
        contact_phone="+8613700000000",
    )  # fmt: skip
    session.add(source)
    session.flush()
    table = OutsideImport(
        source_id=source.id, digest="0" * 64, orders=1, request_token="planted", made_at=now, ended_at=now
    )
    session.add(table)
    session.flush()
    session.add(RefusedOrder(import_id=table.id, number="A-1", row=2, message=SoldOut.default_message,
                             facts={"sku": "TEA-50", "left": 1, "wanted": 2}))  # fmt: skip
    session.flush()
    return {"outside_source": source.id, "outside_import": table.id}


def _receipt(session: Session, now: datetime) -> int:
    """Money that came, and nobody knows what for."""
    statement = BankStatement(
        digest="0" * 64, file_name="11.csv", account="0088", lines=1, known=0, left_out=0, imported_at=now
    )
    session.add(statement)
    session.flush()
    line = StatementLine(
        statement_id=statement.id, row=5, fingerprint="0" * 64, booked_on=shanghai_date(now), amount_fen=12_345,
        payer="某某公司", payer_key="某某公司", remark="货款",
    )  # fmt: skip
    session.add(line)
    session.flush()
    place_receipts(session, [line.id], now=now)
    return line.id


def _rest_note(session: Session, now: datetime) -> int:
    """One person has said that a receipt was sent back."""
    line = StatementLine(
        statement_id=session.scalars(sa.select(sa.func.min(BankStatement.id))).one(), row=6, fingerprint="1" * 64,
        booked_on=shanghai_date(now), amount_fen=54_321, payer="某某公司", payer_key="某某公司", remark="误转",
        status=LineStatus.SET_ASIDE, reason=Reason.REST_GOING_BACK.value,
    )  # fmt: skip
    session.add(line)
    session.flush()
    note = RestNote(
        line_id=line.id,
        deed=RestDeed.SENT_BACK,
        status=RestNoteStatus.PROPOSED,
        amount_fen=54_321,
        said_at=now,
    )
    session.add(note)
    session.flush()
    place_receipts(session, [line.id], now=now)
    return note.id


def _movements(session: Session, now: datetime) -> int:
    """Interest that stands in the books, and some of which one person has said so."""
    facts = {"kind": MovementKind.INTEREST, "moved_on": shanghai_date(now), "proposed_at": now}
    booked = BankMovement(amount_fen=5, bank_reference="SAFE-1", status=MovementStatus.BOOKED, **facts)
    waiting = BankMovement(amount_fen=7, bank_reference="SAFE-2", **facts)
    session.add_all([booked, waiting])
    session.flush()
    amounts = amounts_of(MovementKind.INTEREST, 5, None)
    post(session, EntryKind.MOVEMENT, entry_reference(booked.id), amounts, now=now)
    return waiting.id


def _proposal(session: Session, payment_id: int, now: datetime) -> int:
    """One person has said that a transfer came."""
    proposal = Proposal(payment_id=payment_id, amount_fen=10_000, proposed_at=now)
    session.add(proposal)
    session.flush()
    return proposal.id


def _transfer(session: Session, world: Any, now: datetime) -> int:
    """A bank transfer that is awaited."""
    order = world.orders["b"]["cancelled"]
    payment = Payment(
        order_id=order.id, attempt=7, provider="bank_transfer", amount_fen=10_000, reference="SAFE-TRANSFER",
        status=PaymentStatus.EXPIRED, created_at=now, ended_at=now, expires_at=now, request={},
    )  # fmt: skip
    session.add(payment)
    session.flush()
    return payment.id


def _from_campus(session: Session, world: Any, now: datetime) -> dict[str, Any]:
    """Buyers with a link each, and somebody who has nothing else."""

    def linked(user_id: int, number: str) -> int:
        person = CampusPerson(
            Provider.CAS,
            "https://cas.example.edu",
            number,
            name="林校园",
            number=number,
            unit_code="离退休处",
        )
        return link_identity(session, user_id, person, now=now).id

    alone = User(name="只有校园", created_at=now, recovery_codes=[])
    session.add(alone)
    session.flush()
    links = {
        name: linked(world.users[name], f"2008{place}") for place, name in enumerate(("buyer", "buyer2"))
    }
    only = linked(alone.id, "20080009")
    unit_id = session.scalars(sa.select(CampusUnit.id).where(CampusUnit.code == "离退休处")).first()
    return {"links": links, "campus_identity": only, "campus_unit": unit_id}
