"""What the shop says about itself: names, licences, deadlines, and the texts of its own pages with their versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import StringField, TextAreaField
from wtforms.validators import Length, Optional

from shop.accounts.models import RoleName
from shop.accounts.page_texts import FIELDS, LONGEST, PAGES, PageText, page_text, set_page_text
from shop.accounts.setting_parsing import licences_as_text
from shop.accounts.setting_specs import OF_FINANCE, SETTINGS, SettingKind, SettingSpec
from shop.accounts.setting_values import DEFAULTS
from shop.accounts.setting_versions import LONGEST_WHY, VersionRow, planned_by_name
from shop.accounts.shop_settings import lock_settings, read_shop_settings, set_shop_settings
from shop.fulfilment.hub.rates import rates_on
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import text, typed_again
from shop.web.admin.meanwhile import Trail, save_over
from shop.web.admin.pages import desk_page, may_handle_money
from shop.web.admin.setting_words import server_settings, value_in_words
from shop.web.database import read_session
from shop.web.fields import MomentField
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, requires
from shop.web.times import moment
from shop.web.viewer import current_user_id

PAGE_NAMES = {
    "privacy": msg("Privacy"),
    "terms": msg("Terms"),
    "delivery": msg("Pickup points and times"),
    "returns": msg("Returns"),
    "invoices": msg("Invoices"),
}


class _Needed:
    """Marks a setting that cannot be empty; the domain judges it, and only those that were sent."""

    field_flags: ClassVar[dict[str, Any]] = {"required": True}

    def __call__(self, form: ShopForm, field: Any) -> None:
        """Nothing to judge here."""


def _field(spec: SettingSpec) -> Any:
    label = _(spec.label)
    if spec.kind is SettingKind.LICENCES:
        return TextAreaField(label, [Length(max=4000)])
    if spec.kind is SettingKind.NUMBER:
        look = {"inputmode": "numeric", "maxlength": 8}
        return StringField(label, [_Needed()], render_kw=look)
    checks: list[Any] = [Length(max=spec.most)]
    return StringField(
        label, [*checks, _Needed()] if spec.required else checks, render_kw={"maxlength": spec.most}
    )


# One field for each setting that there is, and the account that buyers transfer to once more.
ONCE_MORE: Final = "bank_number_again"
SettingsForm = type(
    "SettingsForm",
    (ShopForm,),
    {spec.name: _field(spec) for spec in SETTINGS}
    | {
        ONCE_MORE: typed_again(),
        "valid_from": MomentField(
            _("Holds from"),
            [Optional()],
            description=_("Empty: at once. What was ordered before keeps what held then."),
        ),
        "why": text(_("Why"), LONGEST_WHY),
    },
)


class TextForm(ShopForm):
    title_zh = text(_("Title in Chinese"), 120, needed=True)
    title_en = text(_("Title in English"), 120, needed=True)
    body_zh = TextAreaField(
        _("Text in Chinese"), [Length(max=LONGEST)], description=_("Markdown"), render_kw={"rows": 18}
    )
    body_en = TextAreaField(
        _("Text in English"), [Length(max=LONGEST)], description=_("Markdown"), render_kw={"rows": 18}
    )
    why = text(_("Why"), LONGEST_WHY)


@admin.get("/settings")
@requires(RoleName.ADMIN)
def settings() -> str:
    return _settings_page(_stored_settings(read_session()))


@admin.post("/settings")
@requires(RoleName.ADMIN)
@recently_authenticated
def save_settings() -> Any:
    """The account for transfers stands here too, so the password is asked for again."""
    form = SettingsForm()
    if form.validate():
        sent = {spec.name for spec in SETTINGS if form[spec.name].raw_data}
        actor_id, now = current_user_id(), utc_now()

        def write(session: Session, values: dict[str, Any]) -> None:
            typed = {name: value or "" for name, value in values.items() if name in sent}
            if values["valid_from"]:
                # What stands in the other fields holds now, and not after what is planned until then.
                shown = _stored_settings(session).data
                typed = {name: value for name, value in typed.items() if value != (shown[name] or "")}
            again = values[ONCE_MORE] or ""
            set_shop_settings(
                session,
                typed,
                actor_id=actor_id,
                now=now,
                account_again=again,
                why=values["why"] or "",
                valid_from=values["valid_from"],
            )

        try:
            save_over(form, _locked_settings, write, trail=Trail("shop_setting", "{field}"))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            later = form["valid_from"].data
            is_planned = later is not None and later > now
            flash(
                gettext("Planned. It holds from the moment you chose.") if is_planned else gettext("Saved."),
                "ok",
            )
            return redirect(url_for("admin.settings"), 303)
    return _settings_page(form), 400


def _stored_settings(session: Session) -> ShopForm:
    current = read_shop_settings(session)
    values = {spec.name: str(getattr(current, spec.name)) for spec in SETTINGS}
    values["licences"] = licences_as_text(current.licences)
    form: ShopForm = SettingsForm(formdata=None, data=values)
    return form


def _locked_settings(session: Session) -> ShopForm:
    lock_settings(session)
    return _stored_settings(session)


def _settings_page(form: ShopForm) -> str:
    groups: dict[str, list[Any]] = {}
    for spec in SETTINGS:
        if may_handle_money() or spec.name not in OF_FINANCE:
            fields = groups.setdefault(spec.group, [])
            fields += (
                [form[spec.name], form[ONCE_MORE]] if spec.kind is SettingKind.ACCOUNT else [form[spec.name]]
            )
    session = read_session()
    _say_bounds(form, planned_by_name(session))
    return desk_page(
        "admin/settings.html",
        "settings",
        form=form,
        groups=groups,
        hub=rates_on(session, shanghai_date(utc_now())),
        server=server_settings(),
    )


def _say_bounds(form: ShopForm, planned: Mapping[str, VersionRow]) -> None:
    """Below each number its bounds, unit and usual value; below each setting what is planned for it."""
    for spec in SETTINGS:
        parts = []
        if spec.kind is SettingKind.NUMBER:
            unit = gettext(spec.unit) if spec.unit else ""
            parts += [f"{spec.least} – {spec.most} {unit}".rstrip()]
            parts += [gettext("usually %(value)s", value=getattr(DEFAULTS, spec.name))]
        if (one := planned.get(spec.name)) is not None:
            value, begins = value_in_words(one.name, one.value), moment(one.valid_from, year=True)
            parts.append(gettext("from %(moment)s: %(value)s", moment=begins, value=value))
        form[spec.name].description = " · ".join(parts)


@admin.get("/texts")
@requires(RoleName.ADMIN)
def texts() -> str:
    session = read_session()
    return desk_page("admin/texts.html", "texts", texts=[page_text(session, name) for name in PAGES])


@admin.route("/texts/<name>", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def one_text(name: str) -> Any:
    shown = page_text(read_session(), name)
    form = TextForm(obj=shown)
    looked = request.method == "POST" and "look" in request.form
    if request.method == "POST" and form.validate() and not looked:
        actor_id, now = current_user_id(), utc_now()

        def write(session: Session, values: dict[str, Any]) -> PageText:
            said = {field: values[field] or "" for field in FIELDS}
            why = values["why"] or ""
            return set_page_text(session, name, **said, actor_id=actor_id, now=now, why=why)

        def stored(session: Session) -> ShopForm:
            lock_settings(session)
            return TextForm(formdata=None, obj=page_text(session, name))

        try:
            saved = save_over(form, stored, write, trail=Trail("shop_setting", f"page.{name}"))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Saved. This is version %(version)s.", version=saved.version), "ok")
            return redirect(url_for("admin.texts"), 303)
    screen = {
        "title": gettext(PAGE_NAMES[name]),
        "note": gettext(
            "Version %(version)s. Saving writes the next one; who agreed keeps the version they saw.",
            version=shown.version,
        ),
        "back_href": url_for("admin.texts"),
        "back_label": gettext("Page texts"),
    }
    history = url_for("admin.versions", name=f"page.{name}")
    page = desk_page(
        "admin/page_text.html", "texts", screen=screen, form=form, looked=looked, history=history
    )
    return page, 400 if request.method == "POST" and (form.errors or not looked) else 200
