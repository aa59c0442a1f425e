"""What organisers type."""

from __future__ import annotations

from datetime import date
from typing import Final

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from shop.accounts.organisation_papers import Papers
from shop.campaigns.planning import Plan
from shop.kit.clock import utc_now
from shop.ordering.approvals.procurement import Procurement
from shop.web.fields import MomentField, TokenField, WholeNumberField, YuanField
from shop.web.forms import ShopForm

NEEDED: Final = InputRequired(_("Please fill this in."))


class CampaignForm(ShopForm):
    token = TokenField()
    title = StringField(_("Title"), [NEEDED, Length(max=80)], render_kw={"maxlength": 80})
    opens_at = MomentField(_("Choosing begins"), [NEEDED])
    closes_at = MomentField(_("Choosing ends"), [NEEDED])
    distribution_on = DateField(_("Day of distribution"), [NEEDED])
    allowance_fen = YuanField(
        _("Budget a head in ¥"), [InputRequired(_("Please enter an amount such as 12.50."))]
    )
    free_choice = BooleanField(
        _("Members may also choose single goods"), description=_("From a list, within the allowance.")
    )
    own_top_up = BooleanField(
        _("Members may add their own money"),
        description=_(
            "Goods beyond the allowance become their own order, which they pay, are refunded and invoiced themselves."
            " What is not paid in time is not ordered; what the allowance pays stays."
        ),
    )
    home_delivery = BooleanField(
        _("Members may have it sent home"), description=_("Beside the places. The union pays the freight.")
    )
    freight_counts = BooleanField(
        _("Freight is paid out of the allowance"),
        default=True,
        description=_("Otherwise it comes on top of it."),
    )
    contact = StringField(
        _("Whom members can ask"),
        [NEEDED, Length(max=60)],
        description=_("Also who receives the goods for the union."),
    )
    contact_phone = StringField(_("Mobile number of that person"), [NEEDED, Length(max=40)])
    project = SelectField(
        _("Project number"),
        default="",
        description=_("This and the two names are printed on the papers of its orders."),
    )
    handler = SelectField(_("Handler"), default="")
    acceptor = SelectField(_("Acceptor"), default="")

    def offer_papers(self, papers: Papers, said: Procurement) -> None:
        """What the organisation has, and what stands in the campaign though it was removed there since."""
        projects = [(one.number, f"{one.number} {one.name}".strip()) for one in papers.projects]
        handlers, acceptors = (
            [(one.name, one.name) for one in names] for names in (papers.handlers, papers.acceptors)
        )
        self.names = {one.number: one.name for one in papers.projects}
        for field, known, now in (
            (self.project, projects, said.project_number),
            (self.handler, handlers, said.handler),
            (self.acceptor, acceptors, said.acceptor),
        ):
            kept = [(now, now)] if now and now not in dict(known) else []
            field.choices = [("", "–"), *kept, *known]
            if not self.is_submitted():
                field.data = now
        if said.project_number and said.project_number not in self.names:
            self.names[said.project_number] = said.project_name

    def procurement(self) -> Procurement:
        number = self.project.data or ""
        return Procurement(
            number, self.names.get(number, ""), self.handler.data or "", self.acceptor.data or ""
        )

    def plan(self) -> Plan:
        day: date = self.distribution_on.data or date.min
        return Plan(
            title=self.title.data or "",
            opens_at=self.opens_at.data or utc_now(),
            closes_at=self.closes_at.data or utc_now(),
            distribution_on=day,
            allowance_fen=self.allowance_fen.data or 0,
            free_choice=bool(self.free_choice.data),
            contact=self.contact.data or "",
            contact_phone=self.contact_phone.data or "",
            own_top_up=bool(self.own_top_up.data),
            home_delivery=bool(self.home_delivery.data),
            freight_counts=bool(self.freight_counts.data),
            procurement=self.procurement(),
        )


class SlotForm(ShopForm):
    point_id = SelectField(_("Place"), [NEEDED], coerce=int)
    starts_at = MomentField(_("From"), [NEEDED])
    ends_at = MomentField(_("Until (date and time)"), [NEEDED])
    capacity = WholeNumberField(_("Places"), [NEEDED, NumberRange(min=1, max=10_000)])


class MemberForm(ShopForm):
    number = StringField(_("Staff number"), [NEEDED, Length(max=40)])
    name = StringField(_("Name"), [NEEDED, Length(max=80)])
    unit = StringField(_("Sub-union"), [Length(max=80)])
    phone = StringField(_("Mobile number"), [Length(max=40)])
    email = StringField(_("E-mail"), [Length(max=255)])

    def typed(self) -> dict[str, str]:
        return {name: self[name].data or "" for name in ("number", "name", "unit", "phone", "email")}


class UnitForm(ShopForm):
    organiser = StringField(
        _("Organiser's e-mail address"),
        [Length(max=255)],
        description=_("A member of your organisation; sees the people of this sub-union only."),
    )
    most_people = WholeNumberField(
        _("Most people"), [Optional(), NumberRange(min=0, max=100_000)], description=_("Empty: any.")
    )
    most_fen = YuanField(_("Most in ¥, all its members together"), [Optional()], description=_("Empty: any."))


class LimitForm(ShopForm):
    variant_id = WholeNumberField(validators=[NEEDED, NumberRange(min=1)])
    limit = StringField(validators=[NEEDED])
    units = WholeNumberField(_("How many"), [Optional(), NumberRange(min=0, max=1_000_000)])
