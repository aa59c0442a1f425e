"""A campaign of coupons as it is proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from shop.accounts.contacts import normalise_email
from shop.accounts.models import Unit, User
from shop.catalogue.models import Category, Product, Seller, Village
from shop.kit.clock import EARLIEST, LATEST, shanghai_midnight
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ordering.coupons.campaign_wish import LONGEST_REASON, CampaignWish
from shop.ordering.coupons.models import CouponAudience, CouponBearer, CouponKind, CouponScope
from shop.web.fields import CheckboxesField, TokenField, WholeNumberField, YuanField
from shop.web.forms import ShopForm
from shop.web.phrases import language

MOST_NAMED: Final = 2_000
KINDS: Final = {
    CouponKind.AMOUNT: msg("So many yuan off"),
    CouponKind.PERCENT: msg("So many percent off"),
    CouponKind.FREIGHT: msg("Off the freight of home delivery"),
}
SCOPES: Final = {
    CouponScope.ALL: msg("All goods"),
    CouponScope.CATEGORIES: msg("Categories"),
    CouponScope.PRODUCTS: msg("Single products"),
    CouponScope.VILLAGES: msg("Goods of villages"),
    CouponScope.SELLERS: msg("Goods of sellers"),
}
AUDIENCES: Final = {
    CouponAudience.EVERYONE: msg("Everybody with an account"),
    CouponAudience.CAMPUS: msg("Everybody whose department is confirmed"),
    CouponAudience.FIRST_ORDER: msg("Whoever orders for the first time"),
    CouponAudience.UNITS: msg("People whose department is confirmed as one of these"),
    CouponAudience.ACCOUNTS: msg("Named accounts"),
}
BEARERS: Final = {
    CouponBearer.SHOP: msg("The shop, from its own money"),
    CouponBearer.FUND: msg("A sponsor or a seller, from money paid in for it"),
}
_DAY: Final = InputRequired(_("Please enter a day."))
_NAMED: Final = DataRequired(_("Please give it a name."))
_FROM_ONE: Final = NumberRange(min=1, max=1_000_000)


def _options(words: Mapping[Any, str]) -> list[tuple[str, Any]]:
    return [(key.value, _(word)) for key, word in words.items()]


class CampaignForm(ShopForm):
    token = TokenField()
    name_zh = StringField(_("Name in Chinese"), [_NAMED, Length(max=60)])
    name_en = StringField(_("Name in English"), [_NAMED, Length(max=100)])
    kind = SelectField(_("What it does"), [InputRequired()], choices=_options(KINDS))
    amount_fen = YuanField(_("Yuan off"), [Optional()], description=_("For so many yuan off."))
    percent = WholeNumberField(
        _("Percent off"), [Optional(), NumberRange(min=1, max=99)], description=_("10 is 九折 in Chinese.")
    )
    most_fen = YuanField(
        _("At most off, in ¥"),
        [Optional()],
        description=_("A percentage needs it; of freight, empty means all of it."),
    )
    minimum_fen = YuanField(_("From goods worth, in ¥"), [Optional()], description=_("Empty: any."))
    scope = SelectField(_("For which goods"), [InputRequired()], choices=_options(SCOPES))
    categories = CheckboxesField(_("Categories"), coerce=int, choices=[])
    villages = CheckboxesField(_("Villages"), coerce=int, choices=[])
    sellers = CheckboxesField(_("Sellers"), coerce=int, choices=[])
    products = TextAreaField(
        _("Products"), [Length(max=20_000)], description=_("The last part of their addresses, one a line.")
    )
    audience = SelectField(_("For whom"), [InputRequired()], choices=_options(AUDIENCES))
    units = CheckboxesField(
        _("Departments"),
        coerce=int,
        choices=[],
        description=_(
            "People belong to the department that their campus account, the roster or our team confirmed; what somebody chose in the own profile does not count."
        ),
    )
    accounts = TextAreaField(
        _("Accounts"), [Length(max=200_000)], description=_("Their e-mail addresses, one a line.")
    )
    most_uses = WholeNumberField(_("How often in all"), [Optional(), _FROM_ONE], description=_("Empty: any."))
    most_per_person = WholeNumberField(
        _("How often for one person"), [InputRequired(), NumberRange(min=1, max=100)], default=1
    )
    budget_fen = YuanField(_("Budget in ¥"), [InputRequired(_("Please enter an amount such as 12.50."))])
    with_freight = BooleanField(_("May be used together with a coupon off freight"))
    bearer = SelectField(_("Who pays for it"), [InputRequired()], choices=_options(BEARERS))
    fund_name = StringField(_("Whose money"), [Length(max=80)], description=_("Where it is not the shop's."))
    word = StringField(
        _("Public code"),
        [Length(max=40)],
        description=_("A word such as WELCOME that everybody may know. Empty: codes are made for cards."),
    )
    most_per_word = WholeNumberField(
        _("How often the public code"), [Optional(), _FROM_ONE], description=_("Empty: any.")
    )
    first_day = DateField(_("First day"), [Optional()], description=_("Empty: at once."))
    last_day = DateField(_("Last day"), [_DAY], description=_("Until midnight of that day."))
    reason = StringField(_("Reason"), [DataRequired(_("Please say why.")), Length(max=LONGEST_REASON)])

    def offer(self, session: Session) -> None:
        """What can be chosen."""
        self.categories.choices = _named(session, Category)
        self.villages.choices = _named(session, Village)
        self.sellers.choices = _named(session, Seller)
        self.units.choices = _named(session, Unit)

    def wish(self, session: Session, now: datetime) -> CampaignWish:
        """Raises InvalidInput for products and accounts that are not known."""
        scope, audience = CouponScope(self.scope.data), CouponAudience(self.audience.data)
        first = self.first_day.data
        return CampaignWish(
            name_zh=self.name_zh.data or "",
            name_en=self.name_en.data or "",
            kind=CouponKind(self.kind.data),
            budget_fen=self.budget_fen.data or 0,
            starts_at=shanghai_midnight(_within(first)) if first else now,
            ends_at=day_after(self.last_day.data),
            reason=self.reason.data or "",
            token=self.token.data or "",
            amount_fen=self.amount_fen.data,
            percent=self.percent.data,
            most_fen=self.most_fen.data,
            minimum_fen=self.minimum_fen.data or 0,
            scope=scope,
            targets=self._targets(session, scope),
            audience=audience,
            unit_ids=self.units.data or () if audience is CouponAudience.UNITS else (),
            user_ids=_users(session, self.accounts.data or "") if audience is CouponAudience.ACCOUNTS else (),
            most_uses=self.most_uses.data,
            most_per_person=self.most_per_person.data or 1,
            with_freight=bool(self.with_freight.data),
            bearer=CouponBearer(self.bearer.data),
            fund_name=self.fund_name.data or "",
            word=self.word.data or "",
            most_per_word=self.most_per_word.data,
        )

    def _targets(self, session: Session, scope: CouponScope) -> Sequence[int]:
        match scope:
            case CouponScope.ALL:
                return ()
            case CouponScope.PRODUCTS:
                return _products(session, self.products.data or "")
            case _:
                chosen: Sequence[int] = self[scope.value].data or ()
                return chosen


def day_after(day: date | None) -> datetime:
    """The midnight with which a last day is over."""
    return shanghai_midnight(_within(day) + timedelta(days=1))


def _within(day: date | None) -> date:
    return min(max(day or EARLIEST, EARLIEST), LATEST - timedelta(days=1))


def _named(session: Session, entity: Any) -> list[tuple[int, str]]:
    name = entity.name_zh if language() == "zh" else entity.name_en
    return [
        (key, said) for key, said in session.execute(sa.select(entity.id, name).order_by(name, entity.id))
    ]


def _lines(typed: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in typed.splitlines() if line.strip()))[:MOST_NAMED]


def _products(session: Session, typed: str) -> list[int]:
    slugs = [line.rsplit("/", 1)[-1] for line in _lines(typed)]
    known = dict(session.execute(sa.select(Product.slug, Product.id).where(Product.slug.in_(slugs))).all())
    _refuse_unknown("products", [slug for slug in slugs if slug not in known])
    return [known[slug] for slug in slugs]


def _users(session: Session, typed: str) -> list[int]:
    wrong, emails = [], []
    for line in _lines(typed):
        try:
            emails.append(normalise_email(line))
        except InvalidInput:
            wrong.append(line)
    known = dict(session.execute(sa.select(User.email, User.id).where(User.email.in_(emails))).all())
    _refuse_unknown("accounts", [*wrong, *(email for email in emails if email not in known)])
    return [known[email] for email in emails]


def _refuse_unknown(field: str, names: Sequence[str]) -> None:
    if names:
        raise InvalidInput(errors={field: gettext("Not known: %(names)s", names=", ".join(names[:5]))})
