"""Claims of buyers: those that wait with their age, one with its photos, and the decision."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.audit_queries import AuditFilter, list_audit
from shop.accounts.models import RoleName
from shop.conversations.reading import conversation_of_claim
from shop.fulfilment.received import received_at
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.ordering.claim_desk import find_claims, photo_key, read_claim
from shop.ordering.claim_models import ClaimRule, ClaimStatus
from shop.ordering.claim_photos import photo_file
from shop.ordering.claim_rules import FITTING, fits_kind
from shop.ordering.claim_words import KINDS, RULES
from shop.ordering.claims import decide_claim
from shop.payments.claim_refunds import is_refund_due, refund_is_due, settle_without_refund
from shop.payments.queries import refunds_of_claim
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act, refusal
from shop.web.admin.words import status_options
from shop.web.bearers import BEARERS
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.filters import bilingual
from shop.web.guards import requires
from shop.web.outside_world import with_files
from shop.web.times import waited
from shop.web.viewer import current_user_id

TO_REFUND: Final = "to_refund"  # beside the states: granted, and the money has not gone back
# Rules as the form groups them, each with the decisions that can rest on it.
GROUPS: Final = (
    (msg("To grant it"), "accepted partly", FITTING[ClaimStatus.ACCEPTED]),
    (msg("To refuse it"), "refused", FITTING[ClaimStatus.REFUSED]),
)
DECISIONS: Final = (ClaimStatus.ACCEPTED, ClaimStatus.PARTLY, ClaimStatus.REFUSED)


def _age(row: Any) -> str:
    return waited(row.opened_at, utc_now()) if row.status is ClaimStatus.OPEN else ""


COLUMNS: Final = (
    Column(
        "number", msg("Order number"), head=True, link=lambda row: url_for("admin.claim", claim_id=row.id)
    ),
    Column("kind", msg("What is wrong"), value=lambda row: gettext(KINDS[row.kind])),
    Column("goods", msg("Goods"), value=lambda row: bilingual(row, "goods") or gettext("the whole order")),
    Column("units", msg("Units"), kind="number"),
    Column("photos", msg("Photos"), kind="number"),
    Column("opened_at", msg("Told on"), kind="moment"),
    Column("age", msg("Waiting"), value=_age),
    Column("status", msg("State"), kind="status:claim"),
)


def _states(_session: Session) -> list[tuple[str, str]]:
    return [*status_options("claim"), (TO_REFUND, gettext("Granted, not refunded yet"))]


FILTERS: Final = (Filter("status", msg("State"), "select", _states, begins=ClaimStatus.OPEN),)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    typed = wanted.values.get("status")
    if typed == TO_REFUND:
        return find_claims(session, status=None, which=refund_is_due(), page=wanted.page)
    status = ClaimStatus(typed) if typed in set(ClaimStatus) else None
    return find_claims(session, status=status, page=wanted.page)


@admin.get("/claims")
@requires(RoleName.ADMIN)
def claims() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Claims of buyers"),
        note=msg("What buyers say is wrong; those that wait for a decision the oldest first."),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.claims",
        empty=msg("No buyer waits for a decision."),
    )
    return desk_page("admin/list.html", "claims", screen=screen)


@admin.get("/claims/<int:claim_id>")
@requires(RoleName.ADMIN)
def claim(claim_id: int) -> str:
    return _page(claim_id, {}, {})


@admin.post("/claims/<int:claim_id>")
@requires(RoleName.ADMIN)
def decide(claim_id: int) -> Any:
    """Decided once. What was granted leads to its refund."""
    typed, actor_id, now = request.form.to_dict(), current_user_id(), utc_now()
    status, rule = typed.get("status", ""), typed.get("rule", "")
    decision = ClaimStatus(status) if status in DECISIONS else ClaimStatus.OPEN
    try:
        transact(
            lambda session: decide_claim(
                session,
                claim_id,
                decision,
                rule=ClaimRule(rule) if rule in set(ClaimRule) else None,
                answer=typed.get("answer", ""),
                actor_id=actor_id,
                now=now,
            )
        )
    except InvalidInput as error:
        errors = {field: translated(message, error.facts) for field, message in error.errors.items()}
        return _page(claim_id, typed, errors), 400
    except Conflict as error:
        flash(refusal(error), "bad")
    else:
        flash(gettext("Decided. The buyer sees it on the order and gets a message."), "ok")
    return redirect(url_for("admin.claim", claim_id=claim_id), 303)


@admin.post("/claims/<int:claim_id>/no-refund")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def settle_claim(claim_id: int) -> Any:
    """It was made good without money: it leaves the pile of those to refund."""
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    return act(
        lambda session: settle_without_refund(session, claim_id, reason, actor_id=actor_id, now=now),
        done=gettext("Noted: this claim needs no refund."),
        back=url_for("admin.claim", claim_id=claim_id),
    )


@admin.get("/claims/photos/<int:photo_id>")
@requires(RoleName.ADMIN)
def claim_photo(photo_id: int) -> Response:
    key = photo_key(read_session(), photo_id)
    response = Response(
        with_files(lambda _unit_of_work, store: store.read(photo_file(key))), content_type="image/webp"
    )
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _page(claim_id: int, typed: dict[str, str], errors: dict[str, str]) -> str:
    session = read_session()
    shown = read_claim(session, claim_id)
    trail = list_audit(session, AuditFilter(subject_type="claim", subject_id=str(claim_id)))
    deeds = {row.action: row for row in trail}
    return desk_page(
        "admin/claim.html",
        "claims",
        claim=shown,
        conversation=conversation_of_claim(session, claim_id),
        received=received_at(session, shown.order_id),
        refunds=refunds_of_claim(session, claim_id),
        is_due=is_refund_due(session, claim_id),
        decided=deeds.get("claim.decided"),
        settled=deeds.get("claim.settled"),
        bearers=BEARERS,
        kinds=KINDS,
        rules=RULES,
        groups=[
            (title, fits, [rule for rule in rules if fits_kind(rule, shown.kind)])
            for title, fits, rules in GROUPS
        ],
        decisions=DECISIONS,
        waited=waited(shown.opened_at, utc_now()),
        typed=typed,
        errors=errors,
    )
