"""By which ways messages come: a choice for each topic, and the robot of a group chat."""

from __future__ import annotations

from typing import Final

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from shop.accounts.message_models import MessageTopic
from shop.accounts.message_ways import Ways, choose_ways, remove_robot, set_robot, ways_of
from shop.accounts.message_words import ROBOT_NAMES, TOPIC_NAMES, WAY_NAMES
from shop.accounts.models import RoleName
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.notifications.robot_greeting import greeting_of
from shop.storage.field_cipher import FieldCipher
from shop.web.account.blueprint import account
from shop.web.account.forms import EmptyForm
from shop.web.database import read_session, transact
from shop.web.fields import CheckboxesField
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import signed_in
from shop.web.viewer import current_user_id, current_viewer

_NEEDED: Final = DataRequired(lazy_gettext("Please fill this in."))


class WaysForm(ShopForm):
    """A field for each topic, by its name."""

    orders = CheckboxesField(lazy_gettext(TOPIC_NAMES[MessageTopic.ORDERS]))
    parcels = CheckboxesField(lazy_gettext(TOPIC_NAMES[MessageTopic.PARCELS]))
    reviews = CheckboxesField(lazy_gettext(TOPIC_NAMES[MessageTopic.REVIEWS]))
    restock = CheckboxesField(lazy_gettext(TOPIC_NAMES[MessageTopic.RESTOCK]))
    village = CheckboxesField(lazy_gettext(TOPIC_NAMES[MessageTopic.VILLAGE]))
    organisation = CheckboxesField(lazy_gettext(TOPIC_NAMES[MessageTopic.ORGANISATION]))


class RobotForm(ShopForm):
    address = StringField(
        lazy_gettext("Webhook address"),
        [_NEEDED, Length(max=300)],
        render_kw={"autocomplete": "off", "inputmode": "url", "spellcheck": "false"},
    )
    secret = StringField(
        lazy_gettext("Secret for signatures (DingTalk)"),
        [Length(max=140)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


@account.get("/account/messages")
@signed_in
def messages() -> str:
    ways = ways_of(read_session(), current_user_id())
    form = WaysForm(data={topic.value: list(ways.of(topic)) for topic in MessageTopic})
    return _page(ways, _offered(form), RobotForm(formdata=None))


@account.post("/account/messages")
@signed_in
def choose_message_ways() -> Response | tuple[str, int]:
    form, user_id, now = _offered(WaysForm()), current_user_id(), utc_now()
    if form.validate():
        wanted = {topic: form[topic].data or [] for topic in MessageTopic if topic in form}
        try:
            transact(lambda session: choose_ways(session, user_id, wanted, now=now))
        except InvalidInput as error:
            show_errors(form, error)
        else:
            flash(_("Saved."), "ok")
            return _back()
    return _page(ways_of(read_session(), user_id), form, RobotForm(formdata=None)), 400


@account.post("/account/messages/robot")
@signed_in
def set_message_robot() -> Response | tuple[str, int]:
    form, user_id, now = RobotForm(), current_user_id(), utc_now()
    cipher = FieldCipher(settings().field_keys)
    if form.validate():
        address, secret = form.address.data or "", form.secret.data or ""
        try:
            transact(lambda session: set_robot(session, user_id, address, secret, cipher=cipher, now=now))
        except InvalidInput as error:
            show_errors(form, error)
        else:
            flash(_("The robot is set up. Its first message is on the way to your group."), "ok")
            return _back()
    ways = ways_of(read_session(), user_id)
    chosen = WaysForm(formdata=None, data={topic.value: list(ways.of(topic)) for topic in MessageTopic})
    return _page(ways, _offered(chosen), form), 400


@account.post("/account/messages/robot/remove")
@signed_in
def remove_message_robot() -> Response:
    user_id, now = current_user_id(), utc_now()
    transact(lambda session: remove_robot(session, user_id, now=now))
    flash(_("The robot writes nothing any more."), "ok")
    return _back()


def _back() -> Response:
    return make_response(redirect(url_for("account.messages"), 303))


def _offered(form: WaysForm) -> WaysForm:
    """The topics that concern this person, with every way; what cannot be chosen is said when it is."""
    viewer = current_viewer()
    if RoleName.COORDINATOR not in viewer.roles:
        del form.village
    if not viewer.organisation_ids:
        del form.organisation
    for topic in MessageTopic:
        if topic in form:
            form[topic].choices = [(way.value, _(name)) for way, name in WAY_NAMES.items()]
    return form


def _page(ways: Ways, form: WaysForm, robot_form: RobotForm) -> str:
    return render_template(
        "account/messages.html",
        form=form,
        robot_form=robot_form,
        button=EmptyForm(formdata=None),
        ways=ways,
        robot_name=_(ROBOT_NAMES[ways.robot]) if ways.robot else "",
        greeting=greeting_of(read_session(), current_user_id()) if ways.robot else None,
    )
