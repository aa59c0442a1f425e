"""The facts of an entry of the audit trail as labelled values: amounts in yuan, moments in Shanghai, codes in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from flask_babel import gettext

from shop.accounts.audit_queries import AuditRow
from shop.accounts.file_looks import REASONS
from shop.accounts.organisation_desk import KINDS as ORGANISATION_KINDS
from shop.delivery.calendar_days import KINDS as CALENDAR_KINDS
from shop.ledger.movements.kinds import KIND_NAMES as MOVEMENT_KINDS
from shop.ordering.outside.words import SOURCE_KINDS
from shop.reports.naming import NAMED_KINDS, Named
from shop.web.admin.audit_fact_words import FACT_WORDS, NOTHING
from shop.web.admin.audit_labels import LABELS
from shop.web.admin.origins import KINDS as PLACE_KINDS
from shop.web.admin.words import listed
from shop.web.filters import bilingual, grams, percent, status_word, yuan
from shop.web.reasons import reason_word
from shop.web.times import day, moment

NAMED: Final = NAMED_KINDS | {"user"}
LONGEST: Final = 200
# Facts that are a pair: before and after.
_PAIRS: Final = {
    "lot.corrected": {"declared"},
    "lot.counted": {"counted"},
    "packaging.counted": {"units"},
    "user.work_changed": {"villages", "packing_places", "pickup_points"},
    "invoice.retitled": {"title", "tax_number"},
    "invoice.number_corrected": {"document_number", "issued_on"},
    "red_letter.number_corrected": {"document_number", "issued_on"},
    "organisation.limits_set": {"order_limit_fen", "month_limit_fen", "year_limit_fen"},
}
_OPEN: Final = {"address"}  # where a sign-in came from is what its entry is for
_UNSAID: Final = {"sha256", "parcel_id", "picture", "digest"}
_LINKED: Final = {
    "assignee_before": "user",
    "assignee_after": "user",
    "villages": "village",
    "packing_places": "packing_place",
    "pickup_points": "pickup_point",
    "shares_account_with": "household",
    "proof_of": "household",
    "parent_id": "organisation",
}


@dataclass
class Known:
    """What an entry's codes are called: rows by kind and number, certificates' kinds by their code."""

    names: Mapping[tuple[str, int], Named] = field(default_factory=dict)
    certificate_kinds: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[int, str] = field(default_factory=dict)

    def name(self, kind: str, row_id: Any) -> str:
        if kind == "user" and str(row_id).isdigit() and int(row_id) in self.people:
            return self.people[int(row_id)]
        found = self.names.get((kind, int(row_id))) if str(row_id).isdigit() else None
        return bilingual(found, "name") if found else str(gettext("number %(number)s", number=row_id))


def rows_named(rows: Sequence[AuditRow]) -> dict[str, set[int]]:
    """Which rows the entries speak of, by kind: their subjects, and what their facts link to."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.subject_type in NAMED and row.subject_id.isdigit():
            wanted[row.subject_type].add(int(row.subject_id))
        for name, value in row.facts.items():
            if (kind := _kind_of_link(name)) in NAMED:
                wanted[kind] |= set(_numbers(value))
    return wanted


def facts_of(row: AuditRow, known: Known) -> list[tuple[str, str]]:
    """(label, value) of each fact that says something."""
    if row.action == "setting.changed":
        before, after = (_text(row, "", row.facts.get(key), known) for key in ("before", "after"))
        why = [(_label("why"), str(row.facts["why"]))] if row.facts.get("why") else []
        return [(str(gettext("Value")), f"{before} → {after}"), *why]
    return [*_facts(row, known), *_personal(row)]


def _facts(row: AuditRow, known: Known) -> Iterator[tuple[str, str]]:
    said = {**row.facts, **{name: value for name, value in (row.personal or {}).items() if name in _OPEN}}
    for name, value in said.items():
        if name in _UNSAID or not _says_something(row, name, value):
            continue
        label = _label(name)
        if not _is_pair(row.action, name, value):
            yield label, _text(row, name, value, known)
        elif row.action.endswith(".created"):
            yield label, _text(row, name, value[1], known)
        else:
            before, after = (_text(row, name, one, known) for one in value)
            yield label, f"{before} → {after}"


def _personal(row: AuditRow) -> Iterator[tuple[str, str]]:
    """What describes a person is named and never told: whoever may know it reads it where it is kept."""
    is_new = row.action.endswith((".created", ".registered"))
    word = gettext("written down") if is_new else gettext("changed")
    for name, value in (row.personal or {}).items():
        if name not in _OPEN and _says_something(row, name, value):
            yield _label(name), str(word)


def _label(name: str) -> str:
    return str(gettext(LABELS[name])) if name in LABELS else name


def _says_something(row: AuditRow, name: str, value: Any) -> bool:
    """What was empty when something was made is not told."""
    is_new = row.action.endswith(".created") and _is_pair(row.action, name, value)
    return value not in (None, "", [], {}) and not (is_new and value[1] in (None, "", []))


def _is_pair(action: str, name: str, value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    subject, _dot, verb = action.partition(".")
    return name in _PAIRS.get(action, ()) or (verb in {"created", "changed"} and subject != "user")


def _text(row: AuditRow, name: str, value: Any, known: Known) -> str:
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, bool):
        return str(gettext("Yes") if value else gettext("No"))
    words = _words(row, name, value, known)
    return (words if words is not None else _plainly(row, value, known))[:LONGEST]


def _plainly(row: AuditRow, value: Any, known: Known) -> str:
    if isinstance(value, dict):
        return " ".join(map(str, value.values()))
    if isinstance(value, list):
        return listed(_text(row, "", one, known) for one in value)
    return str(value)


def _words(row: AuditRow, name: str, value: Any, known: Known) -> str | None:
    """A value that its field's name explains; None for any other."""
    if (kind := _kind_of_link(name)) in NAMED:
        return listed(known.name(kind, one) for one in _numbers(value))
    if name in FACT_WORDS:
        return FACT_WORDS[name](value)
    if name in _OF_SUBJECT:
        return _OF_SUBJECT[name](row.subject_type, value, known)
    return _measured(name, value)


def _measured(name: str, value: Any) -> str | None:
    if isinstance(value, int):
        for ending, shown in _UNITS.items():
            if name.endswith(ending):
                return shown(value)
    if isinstance(value, str):
        if name.endswith(("_at", "valid_from")):
            return _moment(value)
        if name.endswith(("_on", "_day")) or name in {"until", "from", "to", "prices_from"}:
            return _day(value)
    return None


def _kind_word(subject_type: str, value: Any, known: Known) -> str:
    if subject_type == "certificate":
        return known.certificate_kinds.get(value, str(value))
    table: Mapping[Any, str] = _KINDS_OF.get(subject_type, CALENDAR_KINDS)
    return str(gettext(table[value])) if value in table else str(value)


def _kind_words(_subject_type: str, kinds: Any, known: Known) -> str:
    return listed(known.certificate_kinds.get(one, str(one)) for one in kinds)


def _status(subject_type: str, value: Any, _known: Known) -> str:
    return status_word(value, subject_type)


def _reason(_subject_type: str, value: Any, _known: Known) -> str:
    return str(gettext(REASONS[value])) if value in REASONS else reason_word(str(value))


def _moment(value: str) -> str:
    try:
        return moment(datetime.fromisoformat(value), year=True)
    except ValueError:
        return value


def _day(value: str) -> str:
    try:
        return day(date.fromisoformat(value[:10]), year=True, weekday=False)
    except ValueError:
        return value


def _kind_of_link(name: str) -> str:
    return _LINKED.get(name, name.removesuffix("_id") if name.endswith("_id") else "")


def _numbers(value: Any) -> list[int]:
    if isinstance(value, list):
        return [number for one in value for number in _numbers(one)]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []


_KINDS_OF: Final[dict[str, Mapping[Any, str]]] = {
    "packing_place": PLACE_KINDS,
    "organisation": ORGANISATION_KINDS,
    "bank_movement": MOVEMENT_KINDS,
    "outside_source": {kind.value: word for kind, word in SOURCE_KINDS.items()},
}
_UNITS: Final[dict[str, Callable[[int], str]]] = {
    "_fen": yuan,
    "_bp": lambda points: percent(points / 10_000),
    "_g": grams,
}
_OF_SUBJECT: Final[dict[str, Callable[[str, Any, Known], str]]] = {
    "kind": _kind_word,
    "kinds": _kind_words,
    "status": _status,
    "reason": _reason,
}
