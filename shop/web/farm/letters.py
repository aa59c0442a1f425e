"""Thanks of buyers, and a short answer that the coordinator sends."""

from __future__ import annotations

from typing import Final

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.catalogue.households import households_of_producers
from shop.conversations.letters import (
    READ_BY_HOUSEHOLD,
    LetterReach,
    find_letters,
    note_letters_read,
    tap_reply,
    unread_letters,
)
from shop.conversations.thanks_models import ReadyReply, SignedAs
from shop.kit.clock import utc_now
from shop.web.database import read_session, transact
from shop.web.deeds import Deed
from shop.web.farm.blueprint import farm
from shop.web.farm.who import page, press, reach
from shop.web.guards import requires

SIGNED: Final = {
    SignedAs.BUYER: "一位买家",
    SignedAs.TEACHER: "一位老师",
    SignedAs.STUDENT: "一位学生",
    SignedAs.STAFF: "一位学校职工",
    SignedAs.ALUMNUS: "一位校友",
}
REPLIES: Final = {
    ReadyReply.THANKS: "谢谢您喜欢！",
    ReadyReply.COME_AGAIN: "谢谢，明年再来！",
    ReadyReply.VISIT: "谢谢，来村里喝茶！",
}


@farm.get("/letters")
@requires(RoleName.FARMER)
def letters() -> str:
    session = read_session()
    own = households_of_producers(session, reach().producer_ids)
    found = find_letters(session, LetterReach(household_ids=own), states=READ_BY_HOUSEHOLD)
    return page(
        "farm/letters.html",
        found=found,
        is_new=bool(unread_letters(session, own)[1]),
        signed=SIGNED,
        replies=REPLIES,
        back=url_for("farm.tasks"),
    )


@farm.post("/letters/seen")
@requires(RoleName.FARMER)
def note_letters_seen() -> Response:
    """The page says so when it was looked at: a phone also fetches it ahead, and that is not reading."""
    own, now = households_of_producers(read_session(), reach().producer_ids), utc_now()
    transact(lambda session: note_letters_read(session, own, now=now))
    return redirect(url_for("farm.letters"), 303)


@farm.post("/letters/<int:letter_id>/reply")
@requires(RoleName.FARMER)
def reply_letter(letter_id: int) -> Response:
    """One of a few ready answers; none takes it back until it is sent."""
    chosen = request.form.get("reply", "")
    reply = ReadyReply(chosen) if chosen in set(ReadyReply) else None
    own = LetterReach(household_ids=households_of_producers(read_session(), reach().producer_ids))
    done = "说好了，联络员帮您回" if reply else "撤回来了"
    return press(Deed(lambda session: tap_reply(session, letter_id, reply, own), done, "farm.letters"))
