"""Every night: whose day of leaving has come, and whom WeCom does not know any more.

Other providers have no list to ask: who cannot sign in there does not get in here, and their word ends open sessions.
"""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial

from shop.accounts.campus.ending import end_identity, live_identities
from shop.accounts.campus.errors import SignOnFailed
from shop.accounts.campus.models import EndedBecause, Provider
from shop.accounts.campus.roster import leave_on_time
from shop.accounts.campus.wecom import WecomSignOn
from shop.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)


def end_memberships(unit_of_work: UnitOfWork, wecom: WecomSignOn | None, *, now: datetime) -> int:
    """Returns how many ended; `wecom` None where the university has none."""
    return end_roster_rows(unit_of_work, now=now) + end_gone_members(unit_of_work, wecom, now=now)


def end_roster_rows(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Returns how many left."""
    left = 0
    while some := unit_of_work.run(partial(leave_on_time, now=now)):
        left += some
    return left


def end_gone_members(unit_of_work: UnitOfWork, wecom: WecomSignOn | None, *, now: datetime) -> int:
    """Ask about each of them, with no transaction open; what WeCom does not answer says nothing about anybody.

    Returns how many memberships ended.
    """
    if wecom is None:
        return 0
    ended, after = 0, 0
    while some := unit_of_work.run(partial(live_identities, provider=Provider.WECOM, after=after)):
        for identity_id, subject in some:
            after = identity_id
            try:
                is_member = wecom.is_member(subject)
            except SignOnFailed:
                log.warning("wecom does not answer; memberships are looked at again tomorrow")
                return ended
            if not is_member:
                end = partial(end_identity, identity_id=identity_id, because=EndedBecause.GONE, now=now)
                ended += unit_of_work.run(end)
    return ended
