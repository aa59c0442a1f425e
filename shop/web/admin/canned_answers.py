"""Answers that are ready, in both languages."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, TextAreaField
from wtforms.validators import Length, NumberRange

from shop.conversations.canned import get_canned, list_canned, save_canned
from shop.conversations.words import TOPICS
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.admin.entity import Entity, add_entity
from shop.web.admin.fields import NEEDED, text
from shop.web.admin.listing import Asked, Column
from shop.web.fields import WholeNumberField
from shop.web.filters import bilingual
from shop.web.forms import ShopForm

_PLACES = _("You can write {order}, {name}, {goods}, {shop}, {phone} and {hours}: they are filled in.")


class CannedForm(ShopForm):
    title_zh = text(_("Title in Chinese"), 60, needed=True)
    title_en = text(_("Title in English"), 80, needed=True)
    topic = SelectField(_("About"), choices=[])
    text_zh = TextAreaField(
        _("Answer in Chinese"), [NEEDED, Length(max=1000)], description=_PLACES, render_kw={"rows": 5}
    )
    text_en = TextAreaField(
        _("Answer in English"), [NEEDED, Length(max=1000)], description=_PLACES, render_kw={"rows": 5}
    )
    position = WholeNumberField(_("Place in the list"), [NEEDED, NumberRange(0, 9999)], default=0)
    active = BooleanField(_("In use"), default=True)


def _choices(form: ShopForm, _session: Session) -> None:
    topics = [(topic.value, gettext(word)) for topic, word in TOPICS.items()]
    form.topic.choices = [("", gettext("Everything")), *topics]


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    return list_canned(session, page=wanted.page)


def _title(row: Any) -> str:
    return bilingual(row, "title")


add_entity(
    Entity(
        key="canned-answers",
        title=msg("Ready answers"),
        note=msg(
            "What the team can put into an answer; the buyer reads it in the language in which they wrote."
        ),
        columns=(
            Column(
                "title",
                msg("Title"),
                value=_title,
                head=True,
                link=lambda row: url_for("admin.canned_answers_one", record_id=row.id),
            ),
            Column(
                "topic", msg("About"), value=lambda row: gettext(TOPICS[row.topic]) if row.topic else None
            ),
            Column("text", msg("Answer"), value=lambda row: bilingual(row, "text")[:120], wide=True),
            Column("active", msg("In use"), kind="flag"),
        ),
        rows=_rows,
        form=CannedForm,
        choices=_choices,
        fill=lambda _session, row: {"topic": row.topic or ""},
        read=get_canned,
        write=save_canned,
        name=_title,
        create_label=msg("Write a ready answer"),
        empty=msg("Write down what is asked again and again."),
    )
)
