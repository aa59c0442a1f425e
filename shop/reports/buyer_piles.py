"""What buyers said and somebody of the team has to answer: claims, conversations, quotations, reviews; and stories
of villages that wait to be published.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.canteens.shortages import short_canteens
from shop.conversations.desk import waiting_conversations as first_conversations
from shop.conversations.words import TOPICS
from shop.ordering.claim_desk import open_claims
from shop.payments.claim_refunds import due_refunds
from shop.quotations.reading import short_receipts
from shop.quotations.reading import waiting_quotations as first_quotations
from shop.reports.piles import Item, Pile, Waiting
from shop.reviews.desk import first_waiting
from shop.stories.desk import first_offered

SHORT = "short"  # the kind of what is said to be missing
SHORT_CANTEEN = "short canteen"  # the same, of a canteen's order


def waiting_claims(session: Session, now: datetime, most: int) -> Waiting:
    rows = open_claims(session, limit=max(most, 200))
    items = [
        Item(str(row.id), row.number, row.number, detail_zh=row.text[:120], since=row.opened_at)
        for row in rows[:most]
    ]
    return Waiting(Pile.CLAIMS, len(rows), items)


def waiting_conversations(session: Session, now: datetime, most: int) -> Waiting:
    found = first_conversations(session, most=most)
    items = [
        Item(
            str(one_id),
            TOPICS[topic],
            TOPICS[topic],
            kind=number,
            detail_zh=words,
            since=at,
            owner_id=owner_id,
        )
        for one_id, topic, number, words, at, owner_id in found.items
    ]
    return Waiting(Pile.CONVERSATIONS, found.total, items)


def waiting_quotations(session: Session, now: datetime, most: int) -> Waiting:
    """Requests and wishes for another version; and what organisations say is missing, canteens too. Three statements."""
    asked, short = first_quotations(session, most=most), short_receipts(session, most=most)
    items = [
        Item(number, f"{who} · {number}", f"{who} · {number}", kind=SHORT, since=at, key=f"{SHORT}/{number}")
        for number, who, at in short.items
    ]
    canteens = short_canteens(session, most=most)
    items += [
        Item(
            number,
            f"{who} · {number}",
            f"{who} · {number}",
            kind=SHORT_CANTEEN,
            since=at,
            key=f"{SHORT_CANTEEN}/{number}",
        )
        for number, who, at in canteens.items
    ]
    for one in asked.items:
        name = f"{one.organisation} · {one.title}"
        items.append(Item(one.number, name, name, kind=one.state, amount_fen=one.total_fen, since=one.since))
    return Waiting(Pile.QUOTATIONS, asked.total + short.total + canteens.total, items[:most])


def waiting_claim_refunds(session: Session, now: datetime, most: int) -> Waiting:
    found = due_refunds(session, most=most)
    items = [
        Item(str(row.claim_id), row.number, row.number, detail_zh=row.answer[:120], since=row.decided_at)
        for row in found.items
    ]
    return Waiting(Pile.CLAIM_REFUNDS, found.total, items)


def waiting_reviews(session: Session, now: datetime, most: int) -> Waiting:
    found = first_waiting(session, most=most)
    items = [
        Item(str(review_id), zh, en, detail_zh=text[:120], since=since)
        for review_id, zh, en, text, since in found.items
    ]
    return Waiting(Pile.REVIEWS, found.total, items)


def waiting_stories(session: Session, now: datetime, most: int) -> Waiting:
    found = first_offered(session, most=most)
    items = [
        Item(str(post_id), title, title, detail_zh=village, since=since)
        for post_id, title, village, since in found.items
    ]
    return Waiting(Pile.STORIES, found.total, items)
