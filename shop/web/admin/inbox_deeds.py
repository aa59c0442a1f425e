"""What can be done with a thing of the inbox where it stands, by itself or with others: who looks after it, and what
does no harm to do to many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from shop.accounts.work_owners import Colleague, HasAnOwner, NobodyToGiveTo, NotYours, give, put_back, take
from shop.conversations.steps import hand_over
from shop.kit.errors import Conflict
from shop.kit.text import msg
from shop.notifications.outbox_queries import resend_dead_letter
from shop.payments.terms.reminding import remind
from shop.privacy.desk import take as take_request
from shop.reports.owning import OF_THEIR_ROOM
from shop.reports.piles import FINANCE_PILES, Item, Pile


class OnlyTaken(Conflict):
    code = "only_taken"
    default_message = msg(
        "A request about data is taken by whoever looks after it, and not given or put back."
    )


class NothingOverdue(Conflict):
    code = "nothing_overdue"
    default_message = msg("Only of what is past due can be reminded here.")


@dataclass(frozen=True)
class Chosen:
    """One thing that waits, and who looks after it."""

    pile: Pile
    item: Item
    owner: Colleague | None

    @property
    def money(self) -> bool:
        return self.pile in FINANCE_PILES


@dataclass(frozen=True)
class Doing:
    """Who does it when; `to` is to whom something is given."""

    actor_id: int
    now: datetime
    to: int | None = None


# Returns False where it was so already. Raises NotFound, Conflict, InvalidInput, and has changed nothing then.
Deed = Callable[[Session, Chosen, Doing], object]


def _take(session: Session, thing: Chosen, by: Doing) -> object:
    if thing.pile not in OF_THEIR_ROOM:
        return take(session, thing.pile, thing.item.mark, money=thing.money, actor_id=by.actor_id, now=by.now)
    if thing.owner is not None:
        return _not_of_another(thing.owner, by)
    return _tell_its_room(session, thing, by.actor_id, by)


def _give(session: Session, thing: Chosen, by: Doing) -> object:
    if by.to is None:
        raise NobodyToGiveTo()
    if thing.pile in OF_THEIR_ROOM:
        return _tell_its_room(session, thing, by.to, by)
    return give(
        session, thing.pile, thing.item.mark, by.to, money=thing.money, actor_id=by.actor_id, now=by.now
    )


def _put_back(session: Session, thing: Chosen, by: Doing) -> object:
    if thing.pile not in OF_THEIR_ROOM:
        return put_back(session, thing.pile, thing.item.mark, actor_id=by.actor_id, now=by.now)
    if thing.owner is not None and thing.owner.id != by.actor_id:
        raise NotYours(name=thing.owner.name)
    return _tell_its_room(session, thing, None, by) if thing.owner else False


def _not_of_another(owner: Colleague, by: Doing) -> bool:
    if owner.id != by.actor_id:
        raise HasAnOwner(name=owner.name)
    return False


def _tell_its_room(session: Session, thing: Chosen, to_id: int | None, by: Doing) -> object:
    if thing.pile is Pile.CONVERSATIONS:
        return hand_over(session, int(thing.item.ref), to_id, actor_id=by.actor_id, now=by.now)
    if to_id != by.actor_id:
        raise OnlyTaken()
    take_request(session, thing.item.ref, actor_id=by.actor_id, now=by.now)
    return True


def _resend(session: Session, thing: Chosen, by: Doing) -> object:
    resend_dead_letter(session, int(thing.item.ref), actor_id=by.actor_id, now=by.now)
    return True


def _remind(session: Session, thing: Chosen, by: Doing) -> object:
    if thing.item.mark != thing.item.ref:  # a word that a second person has to say
        raise NothingOverdue()
    remind(session, int(thing.item.ref), actor_id=by.actor_id, now=by.now)
    return True


@dataclass(frozen=True)
class OwnDeed:
    """What this kind of work alone knows. `asks`: what somebody should know before they press."""

    key: str
    label: str
    icon: str
    do: Deed
    asks: str = ""


OWN_DEEDS: Final[Mapping[Pile, OwnDeed]] = {
    Pile.MESSAGES: OwnDeed("resend", msg("Send again"), icon="send", do=_resend),
    Pile.DEBTS: OwnDeed(
        "remind",
        msg("Remind of what is owed"),
        icon="envelope",
        do=_remind,
        asks=msg("Each organisation gets a letter about all that it owes, one a day at most."),
    ),
}
_OF_ALL: Final[Mapping[str, Deed]] = {"take": _take, "give": _give, "put_back": _put_back}


def find_deed(pile: Pile, typed: str) -> Deed | None:
    own = OWN_DEEDS.get(pile)
    return own.do if own is not None and own.key == typed else _OF_ALL.get(typed)
