"""What is typed on the day of distribution and after it."""

from __future__ import annotations

from typing import Final

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, RadioField, StringField
from wtforms.validators import InputRequired, Length, Optional

from shop.campaigns.day.leftovers import Ruling
from shop.campaigns.day.models import LONGEST_NAME, LONGEST_REASON, Decision
from shop.web.forms import ShopForm

DECISIONS: Final = (
    (Decision.KEEP.value, _("Keep it longer")),
    (Decision.SHOP.value, _("Back to the shop or the village's store, as left over")),
    (Decision.COLLEAGUE.value, _("Give it to another member")),
    (Decision.DONATED.value, _("Donate it")),
)


class CodeForm(ShopForm):
    code = StringField(
        _("Pickup code"), [InputRequired(_("Please type the digits of the code.")), Length(max=16)]
    )
    collected_by = StringField(
        _("Who collects, if it is somebody else"),
        [Length(max=LONGEST_NAME)],
        render_kw={"autocomplete": "off"},
    )


class DeadlineForm(ShopForm):
    day = DateField(_("Kept until"), [InputRequired(_("Please choose a day that is not over yet."))])


class LeftoverForm(ShopForm):
    """Of whom: boxes named `member`, or everybody."""

    decision = RadioField(
        _("What becomes of it"), [InputRequired(_("Please choose what becomes of it."))], choices=DECISIONS
    )
    everybody = BooleanField(_("For everybody about whom nothing final is decided"))
    keep_until = DateField(_("Keep it until"), [Optional()])
    given_to = StringField(_("To whom"), [Length(max=LONGEST_NAME)])
    reason = StringField(
        _("Why, in a few words"),
        [InputRequired(_("Please say why, in a few words.")), Length(max=LONGEST_REASON)],
    )

    def ruling(self) -> Ruling:
        return Ruling(
            Decision(self.decision.data),
            self.reason.data or "",
            self.keep_until.data,
            self.given_to.data or "",
        )
