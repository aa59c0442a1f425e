"""Nothing is left of people who are gone, and nobody has altered the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit_chain import verify_chain
from shop.accounts.card_models import SignInCard
from shop.accounts.models import OrganisationMember, SignInSession, User, UserRole
from shop.accounts.privacy_models import DoomedFile
from shop.accounts.proved_email import strangers_perhaps
from shop.campaigns.member_models import CampaignUnit
from shop.catalogue.models import PackingPlaceStaff, ProducerMember, VillageCoordinator
from shop.check.rule import Rule, rule
from shop.delivery.models import PointKeeper
from shop.ordering.models import Basket, BasketItem

_nobody = ~sa.exists().where(User.id == Basket.user_id)

# Whoever may do something for others, or is counted to a unit: "what" names the table for the sentence.
_POWER = sa.union_all(
    sa.select(UserRole.user_id, sa.literal("a role of the shop").label("what")),
    sa.select(OrganisationMember.user_id, sa.literal("a member of an organisation")),
    sa.select(User.id, sa.literal("of a confirmed unit")).where(User.proved_unit_id.is_not(None)),
    sa.select(VillageCoordinator.user_id, sa.literal("a village's coordinator")),
    sa.select(PackingPlaceStaff.user_id, sa.literal("at a packing place")),
    sa.select(ProducerMember.user_id, sa.literal("of a producer")),
    sa.select(PointKeeper.user_id, sa.literal("a point's keeper")),
    sa.select(CampaignUnit.organiser_id, sa.literal("a sub-union's organiser")).where(
        CampaignUnit.organiser_id.is_not(None)
    ),
).subquery()


def _shut_out_people_are_signed_in_nowhere(session: Session, now: datetime) -> Iterator[tuple[str, str]]:
    wrong = (
        sa.select(SignInSession.id, SignInSession.user_id)
        .outerjoin(User, User.id == SignInSession.user_id)
        .where(
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
            sa.or_(User.id.is_(None), User.active.is_(False)),
        )
    )
    for session_id, user_id in session.execute(wrong):
        yield f"session {session_id}", f"open, but user {user_id} is gone or shut out"


def _shut_out_people_have_no_card(session: Session, now: datetime) -> Iterator[tuple[str, str]]:
    wrong = (
        sa.select(SignInCard.id, SignInCard.user_id)
        .join(User, User.id == SignInCard.user_id)
        .where(SignInCard.ended_at.is_(None), SignInCard.expires_at > now, User.active.is_(False))
    )
    for card_id, user_id in session.execute(wrong):
        yield f"card {card_id}", f"works, but user {user_id} is shut out"


def _doomed_files_go(session: Session, now: datetime) -> Iterator[tuple[str, str]]:
    late = sa.select(DoomedFile.name).where(DoomedFile.since < now - timedelta(days=1))
    for name in session.scalars(late):
        yield f"file {name}", "still there, as far as we know"


def _the_audit_trail_is_whole(session: Session, _now: datetime) -> Iterator[tuple[str, str]]:
    for broken in verify_chain(session):
        yield f"audit entry {broken.entry_id}", broken.what


RULES = (
    rule(
        "basket: somebody's",
        sa.select(Basket.id, Basket.user_id).where(
            sa.or_(
                sa.and_(Basket.user_id.is_not(None), _nobody),
                sa.and_(Basket.user_id.is_(None), Basket.token_hash.is_(None)),
            )
        ),
        "basket {id}",
        "user {user_id} is gone",
    ),
    rule(
        "basket: a good is in it at least once",
        sa.select(BasketItem.basket_id, BasketItem.quantity).where(BasketItem.quantity <= 0),
        "basket {basket_id}",
        "a line of {quantity} units",
    ),
    rule(
        "account: nothing of its person is left once it is erased",
        sa.select(User.id).where(
            User.erased_at.is_not(None),
            sa.or_(
                User.active,
                User.name != "",
                User.email.is_not(None),
                User.phone.is_not(None),
                User.password_hash.is_not(None),
            ),
        ),
        "user {id}",
        "erased, and still somebody",
    ),
    rule(
        "account: whoever holds power has shown whose address it is",
        sa.select(User.id, _POWER.c.what)
        .join(_POWER, _POWER.c.user_id == User.id)
        .where(User.active, strangers_perhaps()),
        "user {id}",
        "{what}, and nobody has confirmed the address with which somebody registered",
    ),
    Rule("file: what an erasure gave up is deleted within a day", _doomed_files_go),
    Rule("session: none of somebody who is gone or shut out", _shut_out_people_are_signed_in_nowhere),
    Rule("card: none of somebody who is shut out", _shut_out_people_have_no_card),
    Rule("audit: the chain is whole", _the_audit_trail_is_whole),
)
