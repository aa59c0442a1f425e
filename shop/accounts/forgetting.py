"""What is deleted when its time is over."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.attempts import forget_old_attempts
from shop.accounts.campus.arrivals import forget_old_arrivals
from shop.accounts.campus.roster import forget_old_rows
from shop.accounts.cards import forget_old_cards
from shop.accounts.device_actions import forget_old_actions
from shop.accounts.known_browsers import forget_old_browsers
from shop.accounts.models import PasswordReset
from shop.accounts.one_time_codes import forget_old_codes
from shop.accounts.passkey_challenges import forget_spent_challenges
from shop.accounts.sessions import forget_old_sessions


def forget_old_traces(session: Session, *, now: datetime) -> None:
    """Attempts, closed sessions, dead cards and what phones sent after 90 days, codes, reset
    links and answered challenges after a day, rows of the roster by the shop's setting. Harmless to repeat.
    """
    forget_old_attempts(session, now=now)
    forget_old_codes(session, now=now)
    forget_spent_challenges(session, now=now)
    forget_old_sessions(session, now=now)
    forget_old_browsers(session, now=now)
    forget_old_actions(session, now=now)
    forget_old_cards(session, now=now)
    forget_old_arrivals(session, now=now)
    forget_old_rows(session, now=now)
    session.execute(sa.delete(PasswordReset).where(PasswordReset.expires_at < now - timedelta(days=1)))
