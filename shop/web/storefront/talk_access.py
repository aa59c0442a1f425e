"""Whose conversation a page may show, and who is counted as writing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.accounts.attempts import begin_attempt
from shop.accounts.models import AttemptKind
from shop.conversations.models import Conversation
from shop.conversations.reading import find_for_reader
from shop.kit.errors import NotFound
from shop.kit.references import secret_token
from shop.kit.text import tidy
from shop.web.database import read_session
from shop.web.fields import LONGEST_TOKEN
from shop.web.origin import request_origin
from shop.web.storefront.order_access import require_order
from shop.web.viewer import current_viewer


def require_conversation(code: str) -> Conversation:
    """Its buyer's own while they may open its order, or a guest's for whoever may. Raises NotFound, whether absent or
    another's.
    """
    reader_id = current_viewer().user_id
    conversation, number, stands_with_reader = find_for_reader(read_session(), code, reader_id)
    if conversation.user_id is not None:
        if conversation.user_id != reader_id or not stands_with_reader:
            raise NotFound()
    elif number is None:
        raise NotFound()
    else:
        require_order(number)
    return conversation


def count_attempt(session: Session, kind: AttemptKind, who: str, now: datetime) -> None:
    """Before any photo is looked at, which is what costs. Raises TooManyAttempts."""
    begin_attempt(session, kind, who, origin=request_origin(), now=now)


def who_writes(order_number: str | None) -> str:
    """A person, or for a guest the order."""
    user_id = current_viewer().user_id
    return f"user {user_id}" if user_id is not None else f"order {order_number}"


def form_token(typed: str) -> str:
    """The form's own, so that it writes once however often it is sent."""
    return tidy(typed)[:LONGEST_TOKEN] or secret_token()
