"""What a keeper does on a campaign's day of distribution, before the page or later from a phone without a network."""

from __future__ import annotations

from flask import session as cookie_session
from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from shop.campaigns.day.errors import HandedOutBefore
from shop.campaigns.day.handing import HandedOut, hand_out, note_unused, undo_handout
from shop.campaigns.day.models import Pile
from shop.campaigns.day.piles import take_pile, undo_pile
from shop.kit.errors import NotFound
from shop.kit.text import whole_number
from shop.web.deeds import Deed, Press
from shop.web.point.counter import welfare_hand
from shop.web.point.deeds import ASKED
from shop.web.times import moment

_HERE = "point.here"


def giving_welfare(press: Press) -> Deed:
    """The code is checked, now or when the press arrives. Raises NotFound for who is nobody."""
    by, member_id = welfare_hand(), _number(press.text("order"))
    code, collected_by = press.text("code"), press.text("collected_by")

    def work(session: Session) -> HandedOut:
        done = hand_out(
            session,
            member_id,
            code=code,
            collected_by=collected_by,
            by=by,
            pressed_at=press.made_at,
            now=press.now,
        )
        if not done.is_new and press.made_at is not None:
            raise HandedOutBefore(name=done.name, when=done.at)
        return done

    def note(session: Session) -> None:
        note_unused(session, member_id, by=by, made_at=press.made_at or press.now, now=press.now)

    return Deed(work, said_of_handout, _HERE, note_unused=note)


def undoing_welfare(member_id: int, press: Press) -> Deed:
    by, reason = welfare_hand(), press.text("reason")
    return Deed(
        lambda session: undo_handout(session, member_id, reason, by=by, now=press.now),
        lambda name: str(gettext("Undone. The goods of %(name)s stand here again.", name=name)),
        url_for("point.welfare"),
        has_form=True,
    )


def taking_pile(campaign_id: int, unit_id: int, press: Press) -> Deed:
    """A representative takes along what is left here of their sub-union."""
    by, point_id, name = welfare_hand(), _number(press.text("point")), press.text("taken_by")

    def done(pile: Pile) -> str:
        return str(
            ngettext(
                "%(name)s has the goods of %(num)s person.",
                "%(name)s has the goods of %(num)s people.",
                pile.people,
                name=pile.taken_by,
            )
        )

    return Deed(
        lambda session: take_pile(session, campaign_id, unit_id, point_id, name, by=by, now=press.now),
        done,
        url_for("point.welfare_day", campaign_id=campaign_id),
        has_form=True,
    )


def pile_back(pile_id: int, press: Press) -> Deed:
    by, reason = welfare_hand(), press.text("reason")
    return Deed(
        lambda session: undo_pile(session, pile_id, reason, by=by, now=press.now),
        gettext("Undone. The pile stands here again."),
        url_for("point.welfare"),
        has_form=True,
    )


def said_of_handout(done: HandedOut) -> str:
    cookie_session.pop(ASKED, None)
    if done.is_new:
        return str(gettext("Handed to %(name)s.", name=done.name))
    return str(gettext("Handed over already on %(when)s.", when=moment(done.at)))


def _number(typed: str) -> int:
    """Raises NotFound for what is no number."""
    try:
        return whole_number(typed)
    except ValueError:
        raise NotFound() from None
