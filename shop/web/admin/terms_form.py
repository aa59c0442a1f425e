"""The form that proposes an organisation's terms."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms.validators import NumberRange, Optional

from shop.accounts.terms import MOST_DAYS, MOST_HOLD_DAYS, Asked, grant_of
from shop.web.admin.fields import NEEDED, text
from shop.web.fields import WholeNumberField, YuanField
from shop.web.forms import ShopForm

USUAL_DAYS = 30


class TermsForm(ShopForm):
    limit = YuanField(
        _("May owe at most (¥)"),
        [NEEDED],
        description=_("0: no credit; then only the days below count."),
    )
    days = WholeNumberField(
        _("Days until an order is to be paid"),
        [NEEDED, NumberRange(min=1, max=MOST_DAYS)],
        description=_("Counted from the day on which the order is accepted."),
    )
    hold_days = WholeNumberField(
        _("Working days for which goods are held for a transfer"),
        [Optional(), NumberRange(min=1, max=MOST_HOLD_DAYS)],
        description=_("Empty: as for everybody. A treasury that pays once a month needs more."),
    )
    note = text(_("What it rests on"), 300, hint=_("Such as a contract and its date."))

    def asked(self) -> Asked:
        return Asked(self.limit.data or 0, self.days.data or 0, self.hold_days.data, self.note.data or "")


def fresh_terms_form(session: Session, organisation_id: int) -> TermsForm:
    """Filled with what is in force."""
    grant = grant_of(session, organisation_id)
    if grant is None:
        return TermsForm(formdata=None, days=USUAL_DAYS)
    return TermsForm(formdata=None, limit=grant.limit_fen, days=grant.days, hold_days=grant.hold_days)
