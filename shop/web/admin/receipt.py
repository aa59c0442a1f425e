"""One receipt of a bank statement: which orders it pays, alone or with others, or why it is set aside."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from flask import redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import form_numbers, tidy
from shop.ledger.movements.kinds import KIND_NAMES
from shop.ledger.movements.listing import movement_of_line, read_held
from shop.ledger.movements.payout_payers import providers_of
from shop.ledger.movements.provider_payouts import book_provider_payout
from shop.payments.second_person import needs_second
from shop.payments.statements.finding import Candidate, Finding, Judgement, OpenLine, id_of
from shop.payments.statements.matching import set_aside
from shop.payments.statements.models import LineStatus
from shop.payments.statements.receipt_list import ReceiptFacts, read_receipt
from shop.payments.statements.rests import kept_of
from shop.payments.statements.work import find_payments, open_receipts
from shop.web.admin.blueprint import admin
from shop.web.admin.done_before import Deed
from shop.web.admin.movement_form import providers_offered
from shop.web.admin.pages import desk_page
from shop.web.admin.provider_names import provider_names
from shop.web.admin.reconcile import TONES, WHY, WORDS, receipt_age, say, settle
from shop.web.admin.saving import act, refusal
from shop.web.database import read_session
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

MOST_CHOSEN: Final = 20
MOST_BESIDE: Final = 20
LONGEST_ASKED: Final = 60


@admin.get("/reconcile/lines/<int:line_id>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def receipt(line_id: int) -> str:
    return _page(line_id)


@admin.post("/reconcile/lines/<int:line_id>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def match_receipt(line_id: int) -> Any:
    """Refused, it is the same page again, at the same address."""
    read_receipt(read_session(), line_id)
    lines, payments = {line_id, *_ids("line")}, _payments()
    try:
        say(settle(sorted(lines), payments))
    except InvalidInput as error:
        return _page(line_id, refused=refusal(error), ticked=payments, beside=sorted(lines)), 400
    return redirect(url_for("admin.reconcile"), 303)


@admin.post("/reconcile/lines/<int:line_id>/aside")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def set_receipt_aside(line_id: int) -> Response:
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    return act(
        lambda session: set_aside(session, line_id, reason, actor_id=actor_id, now=now),
        done=gettext("Set aside. It can be taken up again from its page."),
        back=url_for("admin.receipt", line_id=line_id),
    )


@admin.post("/reconcile/lines/<int:line_id>/payout")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def book_receipt_as_payout(line_id: int) -> Response:
    """A provider passes on what buyers paid it: set aside and booked in one step."""
    provider, actor_id, now = request.form.get("provider", ""), current_user_id(), utc_now()
    return act(
        lambda session: book_provider_payout(session, line_id, provider, actor_id=actor_id, now=now),
        deed=Deed("statement.line_set_aside", "bank_line", line_id),
        now=now,
        done=gettext("It is booked as the provider's payout."),
        back=url_for("admin.receipt", line_id=line_id),
    )


def _page(
    line_id: int, *, refused: str = "", ticked: Sequence[int] | None = None, beside: Sequence[int] = ()
) -> str:
    """`ticked` and `beside`: the payments and lines that a refused form had chosen."""
    session, now = read_session(), utc_now()
    facts = read_receipt(session, line_id)
    found = open_receipts(session, now=now)
    judgement = next((one for one in found if one.line.id == line_id), None)
    asked = tidy(request.values.get("q", ""))[:LONGEST_ASKED]
    searched = find_payments(session, asked) if asked else []
    return desk_page(
        "admin/receipt.html",
        "reconcile",
        facts=facts,
        line=facts.line,
        judgement=judgement,
        offered=_offered(judgement, searched),
        ticked=_seems(judgement) if ticked is None else ticked,
        beside=_beside(found, judgement),
        kept=kept_of(session, facts.line.payer_key) if facts.status is LineStatus.OPEN else [],
        ticked_lines=beside,
        asked=asked,
        nothing_found=bool(asked and not searched),
        refused=refused,
        **_payout_facts(session, facts),
        me=current_user_id(),
        needs_second=needs_second(session, facts.line.left_fen),
        words=WORDS,
        why=WHY,
        tones=TONES,
        age=receipt_age(facts.line, now),
        days={"from": shanghai_date(facts.line.imported_at), "to": shanghai_date(now)},
    )


def _payout_facts(session: Session, facts: ReceiptFacts) -> dict[str, Any]:
    """What it is booked as; or whether a provider's payouts have come under this name before."""
    known = providers_of(session, [facts.line.payer_key]) if facts.status is LineStatus.OPEN else {}
    is_whole = facts.line.left_fen == facts.line.amount_fen
    return {
        "payout": movement_of_line(session, facts.line.id) if facts.status is LineStatus.SET_ASIDE else None,
        "payer_of": known.get(facts.line.payer_key, "") if is_whole else "",
        "providers": providers_offered(read_held(session)),
        "kinds": KIND_NAMES,
        "names": provider_names(session),
    }


def _seems(judgement: Judgement | None) -> list[int]:
    """What it seems to pay is ticked beforehand, unless that is paid already."""
    if judgement is None or judgement.finding in (Finding.DUPLICATE, Finding.WAITS, Finding.REST):
        return []
    return [one.payment_id for one in judgement.payments]


def _offered(judgement: Judgement | None, searched: Sequence[Candidate]) -> list[Candidate]:
    """What it seems to pay, what has its amount, and what was sought; each once."""
    own = [*judgement.payments, *judgement.others] if judgement is not None else []
    free = {one.payment_id: one for one in [*own, *searched] if not one.is_taken}
    return list(free.values())


def _beside(found: Sequence[Judgement], judgement: Judgement | None) -> list[OpenLine]:
    """Other open receipts of this payer, or that seem to be for the same order: together they may be its amount."""
    if judgement is None:
        return []
    wanted, key = {one.payment_id for one in judgement.payments}, judgement.line.payer_key
    return [
        one.line
        for one in found
        if one.line.id != judgement.line.id
        and ((key and one.line.payer_key == key) or wanted & {pay.payment_id for pay in one.payments})
    ][:MOST_BESIDE]


def _payments() -> list[int]:
    """Payments, and below zero transfers for many orders."""
    found = set()
    for typed in request.form.getlist("payment")[:MOST_CHOSEN]:
        with suppress(ValueError):
            found.add(id_of(typed))
    return sorted(found)


def _ids(name: str) -> list[int]:
    """Numbers only, and not more than anybody would tick."""
    typed = request.form.getlist(name)[:MOST_CHOSEN]
    return sorted(set(form_numbers(typed)))
