"""The form in which one order from elsewhere is entered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import BooleanField, DateField, FieldList, Form, FormField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from shop.accounts.contacts import normalise_mobile
from shop.accounts.models import Organisation
from shop.catalogue.models import Product, ProductStatus, Variant
from shop.delivery.divisions import provinces
from shop.delivery.models import Run
from shop.delivery.runs import active_points, open_runs
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.ordering.direct.wish import Item
from shop.ordering.models import DeliveryKind
from shop.ordering.outside.models import LONGEST_NUMBER, PaidHow
from shop.ordering.outside.queries import tidy_number
from shop.ordering.outside.sources import all_sources
from shop.ordering.outside.words import PAID
from shop.ordering.wish import Courier, Pickup, Recipient
from shop.payments.outside.taken import Taken
from shop.web.admin.fields import NEEDED, IdField, text
from shop.web.courier_form import typed_courier
from shop.web.fields import TokenField, WholeNumberField, YuanField
from shop.web.filters import bilingual
from shop.web.form_errors import Problems
from shop.web.forms import ShopForm
from shop.web.times import moment

ROWS: Final = 4
MOST_ROWS: Final = 40
_RUNS: Final = 30
_FILL_IN: Final = msg("Please fill this in.")


class _Words(Form):
    """Its fields say what is wrong in our words, as those of the whole form do."""

    class Meta(ShopForm.Meta):
        csrf = False


class GoodsRow(_Words):
    sku = text(_("SKU"), 40, autocapitalize="characters", list="packs", autocomplete="off")
    units = WholeNumberField(_("Quantity"), [Optional()])
    price = YuanField(_("Agreed price (¥)"), [Optional()])


class OutsideForm(ShopForm):
    token = TokenField()
    source_id = IdField(_("Where it comes from"), [NEEDED])
    number = text(
        _("Order number there"),
        LONGEST_NUMBER,
        hint=_("Each number of a source is entered once. Without one it gets ours."),
        autocomplete="off",
    )
    ordered_on = DateField(_("Ordered on"), [NEEDED])
    goods = FieldList(FormField(GoodsRow), min_entries=ROWS, max_entries=MOST_ROWS)
    recipient = text(_("Buyer"), 60, autocomplete="off")
    phone = text(_("Telephone"), 40, inputmode="tel", autocomplete="off")
    organisation_id = IdField(
        _("Bought for an organisation"), description=_("Then it counts for its department, too.")
    )
    delivery = RadioField(
        _("How it is received"),
        [InputRequired()],
        choices=[
            (DeliveryKind.PICKUP.value, _("Campus pickup")),
            (DeliveryKind.COURIER.value, _("Home delivery")),
        ],
        default=DeliveryKind.PICKUP.value,
    )
    point_id = IdField(_("Pickup point"))
    run = IdField(_("Truck"))
    province = SelectField(_("Province"), [Optional()], choices=[])
    city = text(_("City"), 40)
    district = text(_("District"), 40)
    street = text(_("Street and number"), 200)
    paid_how = SelectField(_("How it was paid"), [InputRequired()], choices=[])
    paid_on = DateField(_("Paid on"), [Optional()])
    sum_fen = YuanField(
        _("Paid in all (¥)"),
        [Optional()],
        description=_("With freight. Empty: the goods at their prices, and the shop's own freight."),
    )
    fee_fen = YuanField(
        _("Kept by the source (¥)"), [Optional()], description=_("Empty: what it usually keeps.")
    )
    note = text(_("Note for packing"), 300)
    prices_sure = BooleanField(_("Yes, these prices are right"))
    platform_sure = BooleanField(
        _("Yes, it is the same order"),
        description=_("It counts here then, and its rows of the public platform (832) count no more."),
    )

    def offer(self, session: Session, now: datetime) -> None:
        """What can be chosen, in a fixed number of statements."""
        self.source_id.offer(
            [(one.id, bilingual(one, "name")) for one in all_sources(session, active=True)],
            empty=gettext("Please choose"),
        )
        self.point_id.offer(
            [(one.id, bilingual(one, "name")) for one in active_points(session)],
            empty=gettext("Please choose"),
        )
        self.organisation_id.offer(organisation_names(session), empty=gettext("No"))
        runs = open_runs(session, now=now, limit=_RUNS)
        self.run.offer(
            [(run.id, _run_name(run)) for run in runs], empty=gettext("The next one that goes there")
        )
        self.province.choices = [("", gettext("Please choose")), *((one, one) for one in provinces())]
        self.paid_how.choices = [(how.value, gettext(word)) for how, word in PAID.items()]

    def more_rows(self) -> None:
        """Room for as many goods again."""
        for _number in range(min(ROWS, MOST_ROWS - len(self.goods.entries))):
            self.goods.append_entry()

    def taken(self, session: Session, now: datetime) -> Taken:
        """Raises InvalidInput with a sentence for every field that is wrong."""
        problems = Problems()
        typed = tidy(self.phone.data or "")
        phone = problems.read(lambda: normalise_mobile(typed) if typed else "", "")
        items = problems.read(lambda: _items(session, self.goods.entries), ())
        delivery: Pickup | Courier = problems.read(lambda: self._delivery(session, now), Pickup(0, 0))
        problems.check()
        return Taken(
            source_id=self.source_id.data,
            number=tidy_number(self.number.data or ""),
            ordered_on=self.ordered_on.data or shanghai_date(now),
            items=items,
            recipient=Recipient(tidy(self.recipient.data or ""), phone),
            delivery=delivery,
            paid_how=PaidHow(self.paid_how.data),
            paid_on=self.paid_on.data,
            sum_fen=self.sum_fen.data,
            fee_fen=self.fee_fen.data,
            note=tidy(self.note.data or ""),
            organisation_id=self.organisation_id.data,
            language="zh",
            prices_sure=self.prices_sure.data,
            token=self.token.data or "",
        )

    def _delivery(self, session: Session, now: datetime) -> Pickup | Courier:
        if self.delivery.data == DeliveryKind.COURIER:
            return typed_courier(self)
        if self.point_id.data is None:
            raise InvalidInput(msg("Please choose a pickup point."), field="point_id")
        runs = open_runs(session, now=now, point_id=self.point_id.data, limit=_RUNS)
        if self.run.data is not None:
            runs = [run for run in runs if run.id == self.run.data]
        if not runs:
            raise InvalidInput(
                msg("No truck goes to this pickup point then. Please choose another."), field="run"
            )
        return Pickup(self.point_id.data, runs[0].id)


def organisation_names(session: Session) -> list[tuple[int, str]]:
    rows = session.execute(sa.select(Organisation.id, Organisation.name).order_by(Organisation.name))
    return [(row.id, row.name) for row in rows]


def packs(session: Session) -> Sequence[Any]:
    """SKU and names of what is sold, for the list that a browser shows while somebody types."""
    columns = (
        Variant.sku,
        Product.name_zh,
        Product.name_en,
        Variant.name_zh,
        Variant.name_en,
        Variant.price_fen,
    )
    statement = (
        sa.select(*(one.label(f"{one.class_.__name__.lower()}_{one.key}") for one in columns))
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.active, Product.status == ProductStatus.PUBLISHED)
        .order_by(Variant.sku)
    )
    return session.execute(statement).all()


def _items(session: Session, rows: Sequence[Any]) -> tuple[Item, ...]:
    """Each row's error stands in the row; what is left raises InvalidInput for the whole."""
    said = [(row.form, tidy(row.form.sku.data or "").upper()) for row in rows]
    wanted = {sku for _form, sku in said if sku}
    known = dict(session.execute(sa.select(Variant.sku, Variant.id).where(Variant.sku.in_(wanted))).all())
    items, is_wrong = [], False
    for form, sku in said:
        if not sku and form.units.data is None and form.price.data is None:
            continue
        if sku not in known:
            form.sku.errors = [gettext("No pack has this SKU.") if sku else gettext(_FILL_IN)]
        elif not form.units.data:
            form.units.errors = [gettext(_FILL_IN)]
        elif form.price.data == 0:
            form.price.errors = [gettext("A price is at least one fen.")]
        else:
            items.append(Item(known[sku], form.units.data, form.price.data))
            continue
        is_wrong = True
    if is_wrong:
        raise InvalidInput(msg("Please check the goods."), field="items")
    if not items:
        raise InvalidInput(msg("Please enter at least one pack."), field="items")
    return tuple(items)


def _run_name(run: Run) -> str:
    return f"{run.code} · {moment(run.arrives_at)}"
