"""The audit trail: who did what to what, when; searched, never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext

from shop.accounts.audit_chain import verify_chain
from shop.accounts.audit_queries import PAGE_SIZE, AuditFilter, AuditRow, audit_actions, list_audit
from shop.accounts.models import RoleName
from shop.accounts.user_queries import names_of_users
from shop.kit.clock import day_range
from shop.kit.text import msg
from shop.reports.naming import names_of
from shop.web.admin.audit_facts import NAMED, Known, facts_of, rows_named
from shop.web.admin.audit_subjects import SUBJECTS, subject_href, subject_name, subject_word
from shop.web.admin.audit_words import action_word
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Asked, Filter, asked
from shop.web.admin.pages import desk_page
from shop.web.certificate_words import kind_words
from shop.web.database import patient_session, read_session
from shop.web.guards import requires

LONGEST_SECONDS = 120
FILTERS = (
    Filter("q", msg("Text in it, or the subject's number")),
    Filter("who", msg("Who (name, e-mail or telephone)")),
    Filter("action", msg("What")),
    Filter("subject_type", msg("Kind of subject")),
    Filter("subject_id", msg("Its number, exactly")),
    Filter("from", msg("From"), "date"),
    Filter("to", msg("to"), "date"),
    Filter("before", ""),
)


@admin.get("/audit")
@requires(RoleName.ADMIN)
def audit_trail() -> str:
    session, wanted = read_session(), asked(FILTERS)
    rows = list_audit(session, _filter(wanted), before_id=wanted.number("before"))
    older = None
    if len(rows) == PAGE_SIZE:
        address: dict[str, Any] = {**wanted.values, "before": rows[-1].id}
        older = url_for("admin.audit_trail", **address)
    return desk_page(
        "admin/audit.html",
        "audit",
        lines=audit_lines(rows),
        fields=_fields(wanted, audit_actions(session)),
        older=older,
        newest=_newest(wanted),
        is_searched=bool(wanted.values),
        backwards=wanted.says_backwards(),
    )


def _newest(wanted: Asked) -> str | None:
    """Where the same question begins; None at its beginning."""
    address: dict[str, Any] = {name: value for name, value in wanted.values.items() if name != "before"}
    return url_for("admin.audit_trail", **address) if wanted.number("before") else None


@admin.post("/audit/verify")
@requires(RoleName.ADMIN)
def verify_audit() -> Any:
    """Walks the whole chain; it changes nothing, and takes as long as the chain is long."""
    broken = verify_chain(patient_session(seconds=LONGEST_SECONDS))
    if not broken:
        flash(gettext("The chain is whole: nothing was altered or left out."), "ok")
    else:
        first = broken[0].entry_id
        sentence = ngettext(
            "%(num)s entry does not fit the chain; the first is number %(first)s. Call whoever runs the server.",
            "%(num)s entries do not fit the chain; the first is number %(first)s. Call whoever runs the server.",
            len(broken),
            first=first,
        )
        flash(sentence, "bad")
    return redirect(url_for("admin.audit_trail"), 303)


def _filter(wanted: Asked) -> AuditFilter:
    first, last = wanted.day("from"), wanted.day("to")
    who = wanted.text("who")
    return AuditFilter(
        action=wanted.text("action"),
        who=who,
        by_shop=who.casefold() == gettext("The shop").casefold(),
        subject_type=wanted.text("subject_type"),
        subject_id=wanted.text("subject_id"),
        start=day_range(first, first)[0] if first else None,
        end=day_range(last, last)[1] if last else None,
        text=wanted.text("q"),
    )


def _fields(wanted: Asked, actions: Any) -> list[dict[str, Any]]:
    shown = [one for one in FILTERS if one.name != "before"]
    fields = [
        {
            "name": one.name,
            "label": gettext(one.label),
            "kind": one.kind,
            "value": request.args.get(one.name, "")[:120],
        }
        for one in shown
    ]
    options = {"action": _by_word(actions, action_word), "subject_type": _by_word(SUBJECTS, subject_word)}
    return [
        one | {"kind": "select", "options": options[one["name"]]} if one["name"] in options else one
        for one in fields
    ]


def _by_word(codes: Iterable[str], word: Callable[[str], str]) -> list[tuple[str, str]]:
    return [("", gettext("All")), *sorted(((code, word(code)) for code in codes), key=lambda one: one[1])]


def audit_lines(rows: Sequence[AuditRow]) -> list[dict[str, Any]]:
    """Each entry with its words; three statements tell the names of all rows that the entries speak of."""
    session = read_session()
    wanted = rows_named(rows)
    people = names_of_users(session, wanted.pop("user", set()))
    known = Known(names_of(session, wanted), kind_words(session), people)
    return [_line(row, known) for row in rows]


def _line(row: AuditRow, known: Known) -> dict[str, Any]:
    subject = (row.subject_type, row.subject_id)
    named = known.name(*subject) if row.subject_type in NAMED else ""
    return {
        "row": row,
        "action": action_word(row.action),
        "subject": subject_word(row.subject_type),
        "which": subject_name(*subject, named),
        "href": subject_href(*subject),
        "facts": facts_of(row, known),
    }
