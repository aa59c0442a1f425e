"""Two people press the same button: the second is told that it was done already, by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext

from shop.accounts.audit_queries import last_deed
from shop.web.database import read_session
from shop.web.times import moment
from shop.web.viewer import current_user_id


@dataclass(frozen=True)
class Deed:
    """What the audit trail calls it; `facts` are those that tell it from another one of the same subject."""

    action: str
    subject_type: str
    subject_id: str | int
    facts: Mapping[str, Any] = field(default_factory=dict)


def said_before(deed: Deed, *, now: datetime) -> str:
    """Who had done it, for who pressed at `now`; empty when it was done by this press, or by nobody."""
    found = last_deed(read_session(), deed.action, deed.subject_type, str(deed.subject_id), deed.facts)
    if found is None or (found.actor_id, found.at) == (current_user_id(), now):
        return ""
    if not found.who:
        return nothing_new()
    return str(
        gettext(
            "%(who)s had done this already (%(moment)s). Nothing was done now.",
            who=found.who,
            moment=moment(found.at),
        )
    )


def nothing_new() -> str:
    return str(gettext("This had been done already. Nothing was done now."))
