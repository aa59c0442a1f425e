"""Steps of an erasure that are more than deleting rows or emptying columns."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.attempts import subject_digest
from shop.accounts.campus.models import RosterRow
from shop.accounts.doomed_files import doom
from shop.accounts.models import Attempt, AttemptKind, AuditEntry, AuditPersonal
from shop.accounts.privacy_models import PrivacyRequest
from shop.catalogue.models import Household, Producer
from shop.catalogue.private_photos import original_file
from shop.invoicing.models import Invoice, InvoiceOrder, InvoiceStatus
from shop.ordering.claim_models import Claim, ClaimPhoto
from shop.ordering.claim_photos import photo_file
from shop.ordering.models import OrderEvent
from shop.payments.models import Payment
from shop.privacy.fields.campus import on_the_roster
from shop.privacy.mapping import Person, about_person
from shop.privacy.whole_map import WHOLE_MAP
from shop.storage.outbox import OutboxMessage

WORDS: Final = ("text", "word", "reason")  # facts of an order's history that people typed
ISSUED: Final = (InvoiceStatus.ISSUED, InvoiceStatus.REVERSED)
BATCH: Final = 500


def forget_private_trail(session: Session, person: Person, _now: datetime) -> None:
    """The erasable part of every entry about the person; the chain holds its digest alone, and stays whole."""
    about: list[sa.ColumnElement[bool]] = [_about("order", person.order_numbers)]
    claims = session.scalars(sa.select(Claim.id).where(Claim.order_id.in_(person.order_ids)))
    about.append(_about("claim", [str(one) for one in claims]))
    numbers = session.scalars(sa.select(Invoice.number).where(Invoice.id.in_(_invoices(person))))
    about.append(_about("invoice", list(numbers)))
    if person.user_id is not None:
        about.append(_about("user", [str(person.user_id)]))
        sign_ins = AuditEntry.action.like("sign_in%")
        about.append(sa.and_(AuditEntry.actor_id == person.user_id, sign_ins))
    if person.household_id is not None:
        producers = session.scalars(
            sa.select(Producer.id).where(Producer.household_id == person.household_id)
        )
        about.append(_about("household", [str(person.household_id)]))
        about.append(_about("producer", [str(one) for one in producers]))
    entries = sa.select(AuditEntry.id).where(sa.or_(*about))
    session.execute(sa.delete(AuditPersonal).where(AuditPersonal.entry_id.in_(entries)))


def _about(subject_type: str, ids: Any) -> sa.ColumnElement[bool]:
    return sa.and_(AuditEntry.subject_type == subject_type, AuditEntry.subject_id.in_(list(ids)))


def forget_messages(session: Session, person: Person, _now: datetime) -> None:
    """What was written to the person or waits to be: nobody is written to any more."""
    payload = OutboxMessage.payload
    whose = [
        payload["order_id"].as_integer().in_(person.order_ids),
        payload["email"].as_string().in_(person.contacts),
        payload["phone"].as_string().in_(person.contacts),
    ]
    if person.user_id is not None:
        whose.append(payload["user_id"].as_integer() == person.user_id)
    session.execute(sa.delete(OutboxMessage).where(sa.or_(*whose)))


def forget_attempts(session: Session, person: Person, _now: datetime) -> None:
    """What was counted under the person's names. Codes need no step: they live for a day, an erasure waits for longer."""
    subjects = [*person.contacts, *person.order_numbers, *(f"order {one}" for one in person.order_numbers)]
    if person.user_id is not None:
        subjects += [str(person.user_id), f"user {person.user_id}"]
    digests = [subject_digest(kind, one) for kind in AttemptKind for one in subjects]
    for first in range(0, len(digests), BATCH):
        some = digests[first : first + BATCH]
        session.execute(sa.delete(Attempt).where(Attempt.subject_hash.in_(some)))


def forget_roster(session: Session, person: Person, _now: datetime) -> None:
    """The row with which the person signed in, found by the link that goes next. The university's next list may name
    them anew; the arrivals of these minutes end by themselves.
    """
    if person.user_id is not None:
        rows = RosterRow.__table__
        session.execute(sa.delete(RosterRow).where(on_the_roster(rows, person)))


def doom_claim_photos(session: Session, person: Person, now: datetime) -> None:
    """Rows first; the files, as they were sent and as they were made anew, are deleted afterwards."""
    mine = sa.select(Claim.id).where(Claim.order_id.in_(person.order_ids))
    keys = session.scalars(sa.select(ClaimPhoto.key).where(ClaimPhoto.claim_id.in_(mine))).all()
    doom(session, [name for key in keys for name in (photo_file(key), original_file(key))], now=now)
    session.execute(sa.delete(ClaimPhoto).where(ClaimPhoto.claim_id.in_(mine)))


def forget_words_of_events(session: Session, person: Person, _now: datetime) -> None:
    """The history stays, without what people typed into it."""
    events = sa.select(OrderEvent).where(OrderEvent.order_id.in_(person.order_ids))
    for event in session.scalars(events):
        if any(event.facts.get(name) for name in WORDS):
            event.facts = {name: "" if name in WORDS else value for name, value in event.facts.items()}
    session.flush()


def forget_provider_words(session: Session, person: Person, _now: datetime) -> None:
    """What a payment service was told to ask for the money; amounts and references stay."""
    session.execute(
        sa.update(Payment)
        .where(Payment.order_id.in_(person.order_ids))
        .values(request=sa.null(), redirect_url=None)
    )


def blank_invoices(session: Session, person: Person, _now: datetime) -> None:
    """A document that was issued keeps its title, as tax law demands; a request that came to nothing does not."""
    unissued = sa.and_(Invoice.id.in_(_invoices(person)), Invoice.status.not_in(ISSUED))
    session.execute(sa.update(Invoice).where(unissued).values(title="", tax_number=""))


def _invoices(person: Person) -> sa.Select[int]:
    return sa.select(InvoiceOrder.invoice_id).where(InvoiceOrder.order_id.in_(person.order_ids))


def blank_requests(session: Session, person: Person, _now: datetime) -> None:
    """That somebody asked, and what became of it, stays without a word of theirs."""
    whose = about_person(PrivacyRequest.__table__, person)
    settled = sa.case((PrivacyRequest.answer != "", "–"), else_="")
    session.execute(sa.update(PrivacyRequest).where(whose).values(text="", contact="", answer=settled))


def blank_household(session: Session, person: Person, _now: datetime) -> None:
    """Its goods were sold by somebody: the household stays as a number under a name that says nothing."""
    if person.household_id is None:
        return
    mine = Household.id == person.household_id
    facts = {name: fact.instead for name, fact in WHOLE_MAP["households"].facts.items()}
    values = {name: "" if instead is None else instead for name, instead in facts.items()}
    session.execute(
        sa.update(Household).where(mine).values({**values, "consented_at": None, "active": False})
    )
    names = {name: values[f"alias_{name[-2:]}"] for name in ("name_zh", "name_en")}
    session.execute(
        sa.update(Producer)
        .where(Producer.household_id == person.household_id)
        .values({**names, "phone": "", "active": False})
    )
