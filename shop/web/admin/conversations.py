"""Conversations with buyers: those that wait, one with the facts of its order beside it, the answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session, selectinload

from shop.accounts.models import RoleName
from shop.accounts.shop_settings import read_shop_settings
from shop.conversations.answering import answer, write_note
from shop.conversations.canned import canned_for, filled, get_canned, refuse_open_places
from shop.conversations.desk import MINE, NOBODYS, Wanted, find_conversations
from shop.conversations.models import Conversation, ConversationStatus, Side, Topic
from shop.conversations.photos import photo_file, photo_key
from shop.conversations.reading import find_conversation, note_read_by_desk, read_thread
from shop.conversations.steps import team
from shop.conversations.village_questions import questions_of_conversation, villages_to_ask
from shop.conversations.words import SCORES, TOPICS
from shop.conversations.writing import Said
from shop.fulfilment.order_progress import order_progress
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.references import secret_token
from shop.kit.text import msg, tidy, whole_number
from shop.ordering.claim_words import KINDS, RULES
from shop.ordering.models import DeliveryKind, Order
from shop.payments.queries import payments_of_order, refunds_of_order
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Asked, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.words import status_options
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.fields import LONGEST_TOKEN
from shop.web.guards import requires
from shop.web.outside_world import with_files
from shop.web.private_photos import private_photo
from shop.web.viewer import current_user_id

OVERDUE: Final = "overdue"


def _whose(_session: Session) -> list[tuple[str, str]]:
    return [(MINE, gettext("Mine")), (NOBODYS, gettext("Nobody's"))]


def _states(_session: Session) -> list[tuple[str, str]]:
    return [*status_options("conversation_desk"), (OVERDUE, gettext("Waiting too long"))]


FILTERS: Final = (
    Filter("q", msg("Buyer, order or goods")),
    Filter("state", msg("State"), "select", _states, begins=ConversationStatus.OPEN),
    Filter("whose", msg("Whose"), "select", _whose),
    Filter(
        "topic",
        msg("About"),
        "select",
        lambda _session: [(topic.value, gettext(word)) for topic, word in TOPICS.items()],
    ),
)


def wanted_of(asked: Asked) -> Wanted:
    state, topic = asked.text("state"), asked.text("topic")
    return Wanted(
        status=ConversationStatus(state) if state in set(ConversationStatus) else None,
        whose=asked.text("whose"),
        topic=Topic(topic) if topic in set(Topic) else None,
        overdue=state == OVERDUE,
        words=asked.text("q"),
    )


@admin.get("/conversations")
@requires(RoleName.ADMIN)
def conversations() -> str:
    session, viewer_id, now = read_session(), current_user_id(), utc_now()
    found: list[Any] = []

    def rows(session: Session, asked: Asked) -> Any:
        page = find_conversations(session, wanted_of(asked), viewer_id=viewer_id, now=now, page=asked.page)
        found.extend(page.items)
        return page

    screen = list_screen(
        session,
        title=msg("Conversations"),
        note=msg("What buyers write, what is due first above."),
        columns=(),
        filters=FILTERS,
        rows=rows,
        endpoint="admin.conversations",
        empty=msg("No buyer waits for an answer."),
    )
    return desk_page(
        "admin/conversations.html",
        "conversations",
        screen=screen,
        found=found,
        team=team(session),
        topics=TOPICS,
        viewer_id=viewer_id,
        back=request.full_path.rstrip("?"),
        now=now,
    )


@admin.get("/conversations/<int:conversation_id>")
@requires(RoleName.ADMIN)
def conversation(conversation_id: int) -> str:
    """With the ready answer that the address names; what it has no words for is said at once."""
    text = _canned_text(conversation_id)
    try:
        refuse_open_places(text)
    except InvalidInput as error:
        return refused(conversation_id, {"text": text}, error)[0]
    return conversation_page(conversation_id, {"text": text}, {})


@admin.post("/conversations/<int:conversation_id>/seen")
@requires(RoleName.ADMIN)
def note_conversation_seen(conversation_id: int) -> Any:
    """The page says so when it was looked at: looking by itself changes nothing."""
    seen = request.form.get("seen", type=whole_number)
    transact(lambda session: note_read_by_desk(session, read_thread(session, conversation_id).id, seen=seen))
    return redirect(url_for("admin.conversation", conversation_id=conversation_id), 303)


@admin.get("/conversations/of/<code>")
@requires(RoleName.ADMIN)
def conversation_by_code(code: str) -> Any:
    found, _number = find_conversation(read_session(), code)
    return redirect(url_for("admin.conversation", conversation_id=found.id), 302)


@admin.post("/conversations/<int:conversation_id>/answer")
@requires(RoleName.ADMIN)
def answer_buyer(conversation_id: int) -> Any:
    typed, actor_id, now = request.form.to_dict(), current_user_id(), utc_now()
    said, closes, seen = _said(typed), typed.get("close") == "1", request.form.get("seen", type=whole_number)
    try:
        answered = transact(
            lambda session: answer(
                session, conversation_id, said, close=closes, seen=seen, actor_id=actor_id, now=now
            )
        )
    except InvalidInput as error:
        return refused(conversation_id, typed, error)
    if answered.keeps_waiting:
        flash(
            gettext("Sent. The buyer had written meanwhile: it stays open. Please read what came last."),
            "warn",
        )
    else:
        flash(gettext("Sent. The buyer gets a message."), "ok")
    return redirect(url_for("admin.conversation", conversation_id=conversation_id) + "#last", 303)


@admin.post("/conversations/<int:conversation_id>/note")
@requires(RoleName.ADMIN)
def note_conversation(conversation_id: int) -> Any:
    typed, actor_id, now = request.form.to_dict(), current_user_id(), utc_now()
    said = _said({**typed, "text": typed.get("note", "")})
    try:
        transact(lambda session: write_note(session, conversation_id, said, actor_id=actor_id, now=now))
    except InvalidInput as error:
        return refused(conversation_id, typed, InvalidInput(error.message, field="note", **error.facts))
    flash(gettext("Written down. The buyer does not see it."), "ok")
    return redirect(url_for("admin.conversation", conversation_id=conversation_id), 303)


@admin.get("/conversations/<int:conversation_id>/photos/<int:photo_id>")
@requires(RoleName.ADMIN)
def conversation_photo(conversation_id: int, photo_id: int) -> Response:
    key = photo_key(read_session(), photo_id, conversation_id=conversation_id)
    return private_photo(with_files(lambda _unit_of_work, store: store.read(photo_file(key))))


def refused(conversation_id: int, typed: Mapping[str, str], error: InvalidInput) -> tuple[str, int]:
    errors = {field: translated(message, error.facts) for field, message in error.errors.items()}
    return conversation_page(conversation_id, typed, errors), error.status


def conversation_page(conversation_id: int, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    """In a number of statements that does not grow with it. Raises NotFound."""
    session, now = read_session(), utc_now()
    shown = read_thread(session, conversation_id, whole=True)
    questions = questions_of_conversation(session, conversation_id)
    said: list[tuple[datetime, str, Any]] = [(one.at, "message", one) for one in shown.messages]
    said += [(one.asked_at, "question", one) for one in questions]
    return desk_page(
        "admin/conversation.html",
        "conversations",
        talk=shown,
        heard=max((one.id for one in shown.messages if one.side is Side.BUYER), default=0),
        said=[(kind, one) for _at, kind, one in sorted(said, key=lambda row: row[0])],
        facts=_order_facts(session, shown),
        team=team(session),
        canned=canned_for(session, shown.topic),
        villages=villages_to_ask(session, shown),
        is_late=shown.status is ConversationStatus.OPEN and shown.answer_due_at < now,
        viewer_id=current_user_id(),
        topics=TOPICS,
        scores=SCORES,
        claim_kinds=KINDS,
        claim_rules=RULES,
        typed=typed,
        errors=errors,
        token=typed.get("token") or secret_token(),
        now=now,
    )


def _said(typed: Mapping[str, str]) -> Said:
    return Said(typed.get("text", ""), tidy(typed.get("token", ""))[:LONGEST_TOKEN] or secret_token())


def _canned_text(conversation_id: int) -> str:
    """The ready answer that the address names, filled in; empty for none."""
    chosen = request.args.get("canned", type=whole_number)
    if chosen is None:
        return ""
    session = read_session()
    try:
        canned = get_canned(session, chosen)
    except NotFound:
        return ""
    return filled(session, canned, read_thread(session, conversation_id), read_shop_settings(session))


def _order_facts(session: Session, shown: Conversation) -> dict[str, Any] | None:
    """What was bought, where its parcels are, and how its money stands."""
    if shown.order_id is None:
        return None
    order = session.get_one(
        Order,
        shown.order_id,
        options=[selectinload(Order.lines), selectinload(Order.pickup_point)],
        populate_existing=True,
    )
    return {
        "order": order,
        "parcels": order_progress(session, order.id, by_truck=order.delivery is DeliveryKind.PICKUP),
        "payments": payments_of_order(session, order.id),
        "refunds": refunds_of_order(session, order.id),
    }
