"""Facts of the audit trail whose values are codes, and the words that people read for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from flask_babel import gettext

from shop.accounts.contact_change import CONTACT_NAMES
from shop.accounts.membership import MEMBER_ROLES
from shop.accounts.message_models import MessageTopic, MessageWay, RobotKind
from shop.accounts.message_words import ROBOT_NAMES, WAY_NAMES
from shop.accounts.organisation_papers import PAPERS
from shop.fulfilment.given_late import Outcome
from shop.invoicing.words import CAUSES as RED_CAUSES
from shop.ledger.models import PayeeKind
from shop.ledger.movements.kinds import PROVIDER_NAMES
from shop.notifications.resending import NAMES as MESSAGE_NAMES
from shop.ordering.claim_words import RULES as CLAIM_RULES
from shop.privacy.desk import KIND_WORDS as REQUEST_WORDS
from shop.privacy.obstacles import DESK_WORDS, Obstacle
from shop.reimbursement.attaching import SLOTS
from shop.reimbursement.models import PackKind, Slot
from shop.reimbursement.writing import KINDS as PACKS
from shop.reports.all_reports import REPORTS
from shop.web.admin.audit_labels import LABELS
from shop.web.admin.audit_words import ACTIONS
from shop.web.admin.goods_base import FAMILIES, REGIMES
from shop.web.admin.order_words import ANSWERS, OUTCOMES
from shop.web.admin.payees import KINDS as PAYEE_KINDS
from shop.web.admin.words import listed
from shop.web.bearers import BEARERS
from shop.web.filters import status_word
from shop.web.report_desks import ROLE_WORDS

NOTHING: Final = "–"


def _role(value: Any) -> str:
    return str(gettext(MEMBER_ROLES[value])) if value in MEMBER_ROLES else status_word(value, "role")


def _ways(ways: Sequence[str]) -> str:
    return listed(str(gettext(WAY_NAMES[MessageWay(way)])) for way in ways) or NOTHING


def _months(mask: Any) -> str:
    return listed(str(month) for month in range(1, 13) if int(mask) >> (month - 1) & 1)


FACT_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "asked_for": lambda kind: str(gettext(REQUEST_WORDS[kind])) if kind in REQUEST_WORDS else str(kind),
    "obstacles": lambda codes: listed(str(gettext(DESK_WORDS[Obstacle(one)])) for one in codes.split()),
    "papers": lambda what: str(gettext(PAPERS[what])) if what in PAPERS else str(what),
    "pack_kind": lambda kind: str(gettext(PACKS[PackKind(kind)])) if kind in set(PackKind) else str(kind),
    "slot": lambda slot: str(gettext(SLOTS[Slot(slot)])) if slot in set(Slot) else str(slot),
    "answer": lambda answer: str(gettext(ANSWERS[answer])) if answer in ANSWERS else str(answer),
    "pressed": lambda action: str(gettext(ACTIONS[action])) if action in ACTIONS else str(action),
    "contents": lambda contents: listed(f"{sku} × {units}" for sku, units in contents.items()),
    "payee_kind": lambda kind: str(gettext(PAYEE_KINDS[PayeeKind(kind)])),
    "provider": lambda name: str(gettext(PROVIDER_NAMES[name])) if name in PROVIDER_NAMES else str(name),
    "campus_provider": lambda name: status_word(name, "campus_provider"),
    "dropped": lambda ways: listed(status_word(way, "dropped_way") for way in ways),
    "ended_because": lambda why: status_word(why, "campus_end"),
    "role": _role,
    "unit_role": _role,
    "roles": lambda roles: listed(map(_role, roles)),
    "family": lambda family: str(FAMILIES.get(family, family)),
    "tax_regime": lambda regime: str(REGIMES.get(regime, regime)),
    "bearer": lambda bearer: str(gettext(BEARERS[bearer])) if bearer in BEARERS else str(bearer),
    "outcome": lambda outcome: str(gettext(OUTCOMES[Outcome(outcome)])),
    "decision": lambda decision: status_word(decision, "claim"),
    "rule": lambda rule: str(gettext(CLAIM_RULES[rule][0])) if rule in CLAIM_RULES else str(rule),
    "season_mask": _months,
    "cause": lambda cause: str(gettext(RED_CAUSES[cause])) if cause in RED_CAUSES else str(cause),
    "file_kind": lambda kind: str(kind).upper(),
    "message": lambda message: (
        str(gettext(MESSAGE_NAMES[message])) if message in MESSAGE_NAMES else str(message)
    ),
    "contact": lambda kind: str(gettext(CONTACT_NAMES.get(kind, kind))),
    "robot": lambda kind: str(gettext(ROBOT_NAMES[RobotKind(kind)])),
    **{f"ways_{topic}": _ways for topic in MessageTopic},
    "report": lambda name: str(gettext(REPORTS[name].title)) if name in REPORTS else str(name),
    "shared_with": lambda role: str(gettext(ROLE_WORDS[role])) if role in ROLE_WORDS else str(role),
    "format": lambda kind: str(kind).upper(),
    "fields": lambda names: listed(str(gettext(LABELS[name])) if name in LABELS else name for name in names),
}
