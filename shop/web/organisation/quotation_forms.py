"""What an organisation types when it asks for a quotation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import BooleanField, FieldList, Form, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from shop.kit.errors import InvalidInput
from shop.kit.money import format_yuan
from shop.kit.text import msg
from shop.quotations.reading import variants_for_sale
from shop.quotations.requesting import LONGEST_WORDS, MOST_ITEMS, RequestWish
from shop.web.fields import TokenField, WholeNumberField
from shop.web.filters import bilingual
from shop.web.forms import ShopForm

ROWS: Final = 4
MORE: Final = 4
_TEL: Final = {"autocomplete": "tel", "inputmode": "tel"}


class RowForm(Form):
    variant = SelectField(_("Product"), choices=[], validators=[Optional()])
    quantity = WholeNumberField(_("How much"), [Optional()])


class RequestForm(ShopForm):
    token = TokenField()
    title = StringField(
        _("Name of this request"),
        [Length(max=80)],
        description=_("Such as: mushrooms and eggs for the winter."),
    )
    rows = FieldList(FormField(RowForm), min_entries=ROWS, max_entries=MOST_ITEMS)
    wanted = StringField(
        _("When you need it"), [Length(max=120)], description=_("Such as: every Friday from 4 December on.")
    )
    place = StringField(_("Where it should arrive"), [Length(max=200)])
    contact = StringField(
        _("Whom we can ask"),
        [DataRequired(_("Please say whom we can ask.")), Length(max=60)],
        render_kw={"autocomplete": "name"},
    )
    phone = StringField(
        _("Telephone"), [DataRequired(_("Please fill this in.")), Length(max=40)], render_kw=_TEL
    )
    words = TextAreaField(_("What else we should know"), [Length(max=LONGEST_WORDS)])
    two_accept = BooleanField(_("Two persons of ours accept the goods when they arrive"))

    def offer(self, session: Session) -> None:
        """What can be asked for, with today's price."""
        choices = [("", _("Choose a product"))]
        choices += [(str(one.id), goods_name(one)) for one in variants_for_sale(session)]
        for row in self.rows:
            row.form.variant.choices = choices

    def begin_with(self, wanted: Mapping[int, int]) -> None:
        """Before anything is typed: these quantities by variant."""
        for _row in range(len(wanted) + 1 - len(self.rows)):
            self.rows.append_entry()
        for row, (variant_id, quantity) in zip(self.rows, wanted.items(), strict=False):
            row.form.variant.data, row.form.quantity.data = str(variant_id), quantity

    def add_rows(self) -> None:
        for _row in range(min(MORE, MOST_ITEMS - len(self.rows))):
            self.rows.append_entry()

    def wish(self) -> RequestWish:
        """Raises InvalidInput for goods without a quantity, a quantity without goods, or goods that stand there twice."""
        items: dict[int, int] = {}
        for row in self.rows:
            chosen, quantity = row.form.variant.data or "", row.form.quantity.data
            if not chosen and quantity is None:
                continue
            if not chosen or not quantity:
                raise InvalidInput(
                    msg("Please choose at least one product and say how much of it."), field="items"
                )
            if int(chosen) in items:
                raise InvalidInput(msg("The same goods stand in the list twice."), field="items")
            items[int(chosen)] = quantity
        return RequestWish(
            token=self.token.data or "",
            title=self.title.data or "",
            contact=self.contact.data or "",
            phone=self.phone.data or "",
            items=items,
            wanted=self.wanted.data or "",
            place=self.place.data or "",
            words=self.words.data or "",
            two_accept=bool(self.two_accept.data),
        )


def goods_name(one: Any) -> str:
    """`绿茶 200 克 · ¥68.00`."""
    return f"{bilingual(one, 'name')} {bilingual(one, 'pack')} · ¥{format_yuan(one.price_fen)}"
