"""What the statement goes by: who buys for which department, counties of origin, kinds of help; and one order put right."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import SelectField

from shop.accounts.models import RoleName
from shop.accounts.organisation_desk import organisation_names
from shop.accounts.user_queries import list_units
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.purchases.buyers import FUNDING_WORDS, OF_ORGANISATIONS, find_buyers, get_buyer, save_buyer
from shop.purchases.channels import CHANNEL_WORDS, KIND_WORDS, kinds_by_channel, set_channel_kinds
from shop.purchases.counting import Correction, correct_purchase, counted_purchase
from shop.purchases.models import Funding, OriginStatus, PurchaseBuyer, PurchaseKind
from shop.purchases.origins import find_origins, get_origin, save_origin
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.entity import Entity, add_entity
from shop.web.admin.fields import NEEDED, IdField, text
from shop.web.admin.listing import Asked, Column
from shop.web.admin.pages import desk_page
from shop.web.admin.words import choices
from shop.web.database import read_session, transact
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id


def _fundings(*wanted: Funding) -> list[tuple[str, str]]:
    return [(one.value, gettext(FUNDING_WORDS[one])) for one in wanted]


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, gettext(word)) for kind, word in KIND_WORDS.items()]


class BuyerForm(ShopForm):
    organisation_id = IdField(_("Organisation"), [NEEDED])
    unit_id = IdField(_("Unit of the university"), description=_("None: it counts for itself alone."))
    funding = SelectField(_("Paid from"), choices=[])


class OriginForm(ShopForm):
    county_zh = text(_("County in Chinese"), 40, needed=True, hint=_("As villages and tables name it."))
    status_zh = text(_("Status in Chinese"), 40, needed=True, hint=_("Such as 脱贫县."))
    status_en = text(_("Status in English"), 80, needed=True)


class CorrectionForm(ShopForm):
    unit_id = IdField(_("Unit of the university"))
    funding = SelectField(_("Paid from"), choices=[])
    kind = SelectField(_("Kind of help"), choices=[])
    outside_number = text(
        _("Number on another platform"),
        64,
        hint=_("What is imported from there under this number counts nothing more."),
    )


def _buyers(session: Session, wanted: Asked) -> Page[Any]:
    return find_buyers(session, page=wanted.page)


def _origins(session: Session, wanted: Asked) -> Page[Any]:
    return find_origins(session, page=wanted.page)


def _offer_buyer(form: ShopForm, session: Session) -> None:
    if "organisation_id" in form:
        form.organisation_id.offer(organisation_names(session))
    form.unit_id.offer(choices(list_units(session)), empty=gettext("None"))
    form.funding.choices = _fundings(*OF_ORGANISATIONS)


def _buyer_name(_buyer: PurchaseBuyer) -> str:
    return str(gettext("Who buys for whom"))


def _origin_name(origin: OriginStatus) -> str:
    return origin.county_zh


add_entity(
    Entity(
        key="purchase-buyers",
        title=msg("Who buys for whom"),
        note=msg(
            "For which department an organisation buys, and with whose money. It holds for orders confirmed from now on."
        ),
        columns=(
            Column(
                "organisation",
                msg("Organisation"),
                head=True,
                link=lambda row: url_for("admin.purchase_buyers_one", record_id=row.id),
            ),
            Column("unit", msg("Unit of the university"), value=lambda row: bilingual(row, "unit") or "–"),
            Column("funding", msg("Paid from"), value=lambda row: gettext(FUNDING_WORDS[row.funding])),
        ),
        rows=_buyers,
        form=BuyerForm,
        fixed=("organisation_id",),
        choices=_offer_buyer,
        read=get_buyer,
        write=save_buyer,
        name=_buyer_name,
        create_label=msg("Say for whom an organisation buys"),
        empty=msg("Without a line here an organisation's orders count for itself alone, with other money."),
    )
)
add_entity(
    Entity(
        key="origin-statuses",
        title=msg("Counties of origin"),
        note=msg("What a county is in the state's lists. The statement says it beside every row from there."),
        columns=(
            Column(
                "county",
                msg("County"),
                value=lambda row: row.county_zh,
                head=True,
                link=lambda row: url_for("admin.origin_statuses_one", record_id=row.id),
            ),
            Column("status", msg("Status"), value=lambda row: bilingual(row, "status")),
        ),
        rows=_origins,
        form=OriginForm,
        read=get_origin,
        write=save_origin,
        name=_origin_name,
        create_label=msg("Add a county"),
        empty=msg("The statement says nothing about counties yet."),
        subject="origin_status",
    )
)


@admin.route("/purchase-channels", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def purchase_channels() -> Any:
    """Which way of selling counts as bought directly, and which as helped to sell."""
    form = _channels_form()()
    for field in form:
        if field.name in CHANNEL_WORDS:
            field.choices = _kinds()
    if request.method == "POST" and form.validate():
        said = {channel: str(form[channel].data) for channel in CHANNEL_WORDS}
        actor_id, now = current_user_id(), utc_now()
        transact(lambda session: set_channel_kinds(session, said, actor_id=actor_id, now=now))
        flash(gettext("Saved."), "ok")
        return redirect(url_for("admin.purchase_channels"), 303)
    if request.method == "GET":
        for channel, kind in kinds_by_channel(read_session()).items():
            form[channel].data = kind.value
    screen = {
        "title": gettext("Kinds of help"),
        "note": gettext(
            "How a purchase helps, by the way it came. It holds for orders confirmed from now on."
        ),
    }
    page = desk_page("admin/form.html", "purchase-channels", screen=screen, form=form)
    return page, 400 if request.method == "POST" else 200


def _channels_form() -> type[ShopForm]:
    fields = {channel: SelectField(gettext(word), choices=[]) for channel, word in CHANNEL_WORDS.items()}
    return type("ChannelsForm", (ShopForm,), fields)


@admin.route("/purchases/<number>", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def purchase(number: str) -> Any:
    """For whom one order counts; it can be put right until its month is closed."""
    counted = counted_purchase(read_session(), number)
    form = CorrectionForm(obj=counted)
    form.unit_id.offer(choices(list_units(read_session())), empty=gettext("None"))
    is_own = counted.organisation_id is None
    form.funding.choices = _fundings(*((Funding.PERSONAL,) if is_own else OF_ORGANISATIONS))
    form.kind.choices = _kinds()
    if request.method == "POST" and form.validate():
        said = Correction(
            form.unit_id.data,
            Funding(form.funding.data),
            PurchaseKind(form.kind.data),
            form.outside_number.data or "",
        )
        actor_id, now = current_user_id(), utc_now()
        try:
            transact(lambda session: correct_purchase(session, number, said, actor_id=actor_id, now=now))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Saved."), "ok")
            return redirect(url_for("admin.order", number=number), 303)
    screen = {
        "title": gettext("For whom order %(number)s counts", number=number),
        "note": gettext(
            "It can be put right until the books of its month are closed; the audit trail keeps what it said."
        ),
        "back_href": url_for("admin.order", number=number),
        "back_label": gettext("Order"),
    }
    page = desk_page("admin/form.html", "statement", screen=screen, form=form)
    return page, 400 if request.method == "POST" else 200
