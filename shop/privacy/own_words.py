"""Conversations and reviews of somebody who is erased: by the domains that hold them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.doomed_files import doom
from shop.catalogue.private_photos import original_file
from shop.conversations.forgetting import forget_talks
from shop.conversations.models import Conversation
from shop.privacy.mapping import Person
from shop.privacy.whole_map import WHOLE_MAP
from shop.reviews.forgetting import forget_reviews
from shop.reviews.models import Review
from shop.reviews.photos import photo_file
from shop.storage.base import Base


def forget_conversations(session: Session, person: Person, now: datetime) -> None:
    """One that is still open ends with it: nobody is there to be answered."""
    ids = session.scalars(sa.select(Conversation.id).where(_theirs("conversations", Conversation, person)))
    forget_talks(session, ids.all(), now=now)


def forget_what_they_reviewed(session: Session, person: Person, now: datetime) -> None:
    """Comes last: it changes what is counted on products."""
    which = _theirs("reviews", Review, person)
    keys = forget_reviews(session, which, keep_texts=person.keeps_reviews, now=now)
    doom(session, [name for key in keys for name in (photo_file(key), original_file(key))], now=now)


def _theirs(name: str, entity: type[Conversation | Review], person: Person) -> sa.ColumnElement[bool]:
    whose = WHOLE_MAP[name].whose
    return sa.false() if whose is None else whose(Base.metadata.tables[entity.__tablename__], person)
