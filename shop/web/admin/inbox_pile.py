"""All of one pile of the inbox, and what is done with several of its things at once: each is judged by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import whole_number
from shop.reports.inbox import read_piles
from shop.reports.owning import read_team
from shop.reports.piles import FINANCE_PILES, MOST_LISTED, Item, Pile
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.inbox_deeds import OWN_DEEDS, Chosen, Deed, Doing, find_deed
from shop.web.admin.inbox_looks import Looked, Whose, look_through, whose_links
from shop.web.admin.pages import desk_page, may_handle_money
from shop.web.admin.pile_looks import LOOKS
from shop.web.admin.pile_words import title_of
from shop.web.admin.saving import refusal
from shop.web.admin.words import listed
from shop.web.database import read_session, transact
from shop.web.guards import requires
from shop.web.links import safe_next
from shop.web.viewer import current_user_id

PER_PAGE: Final = 50
MOST_AT_ONCE: Final = 100
MOST_OF_TITLE: Final = 60
MOST_NAMED: Final = 5  # of those that were refused for one reason


@admin.get("/inbox/<pile>")
@requires(RoleName.ADMIN)
def inbox_pile(pile: str) -> str:
    session, now, whose = read_session(), utc_now(), Whose.of(request.args.get("owner", ""))
    chosen, me, team = _pile(pile), current_user_id(), read_team(session)
    waiting = read_piles(session, [chosen], now=now)[0]
    found = look_through(waiting, team, whose, me)
    page = _page(found.items, request.args.get("page", 1, type=whole_number) or 1)
    look, own = LOOKS[chosen], OWN_DEEDS.get(chosen)
    return desk_page(
        "admin/inbox_pile.html",
        "inbox",
        pile=chosen,
        look=look,
        everything=look.everything(),
        count=found.count,
        listed=len(found.items),
        most=MOST_LISTED,
        found=page,
        items=Looked(chosen, len(page.items), page.items).shown(team, me),
        page_url=lambda number: url_for("admin.inbox_pile", pile=chosen, page=number, **whose.in_address()),
        whose=whose_links(whose, "admin.inbox_pile", pile=chosen),
        people=[one for one in team.who_may(chosen) if one.id != me],
        own=own,
        back=url_for("admin.inbox_pile", pile=chosen, page=page.number, **whose.in_address()),
    )


@admin.post("/inbox/<pile>")
@requires(RoleName.ADMIN)
def do_work(pile: str) -> Response:
    """Each thing in a transaction of its own: what is refused holds nothing up, and what was done before stays so."""
    chosen = _pile(pile)
    back = safe_next(request.form.get("back"), url_for("admin.inbox_pile", pile=chosen))
    marks = list(dict.fromkeys(request.form.getlist("item")))[:MOST_AT_ONCE]
    deed = find_deed(chosen, request.form.get("deed", ""))
    if deed is None or not marks:
        flash(gettext("Please tick at least one."), "warn")
        return redirect(back, 303)
    doing = Doing(current_user_id(), utc_now(), request.form.get("to", type=whole_number))
    _tell([_one(deed, thing, doing) for thing in _things(chosen, marks, doing)])
    return redirect(back, 303)


@dataclass(frozen=True)
class Outcome:
    """`changed` is False where it was so already; `why` says why it was refused."""

    title: str
    changed: bool = False
    why: str = ""


def _things(pile: Pile, marks: Sequence[str], doing: Doing) -> list[Chosen | None]:
    """None for what does not wait (any more)."""
    session = read_session()
    team = read_team(session)
    waiting = {item.mark: item for item in read_piles(session, [pile], now=doing.now)[0].items}
    found = (waiting.get(mark) for mark in marks)
    return [Chosen(pile, item, team.owner_of(pile, item)) if item else None for item in found]


def _one(deed: Deed, thing: Chosen | None, doing: Doing) -> Outcome:
    gone = gettext("It does not wait any more.")
    if thing is None:
        return Outcome("", why=gone)
    title = title_of(thing.pile, thing.item)
    try:
        return Outcome(title, changed=transact(lambda session: deed(session, thing, doing)) is not False)
    except NotFound:
        return Outcome(title, why=gone)
    except (Conflict, InvalidInput) as error:
        return Outcome(title, why=refusal(error))


def _tell(outcomes: Sequence[Outcome]) -> None:
    """How many were done, and of the others why not: together where it is for one reason."""
    done = sum(one.changed for one in outcomes)
    before = sum(not one.changed and not one.why for one in outcomes)
    refused = defaultdict[str, list[str]](list)
    for one in outcomes:
        if one.why:
            refused[one.why].append(one.title)
    count = sum(len(titles) for titles in refused.values())
    said = [ngettext("%(num)s done", "%(num)s done", done)] if done or not before else []
    if before:
        said.append(ngettext("%(num)s was so already", "%(num)s were so already", before))
    if count:
        said.append(ngettext("%(num)s refused", "%(num)s refused", count))
    flash(listed(said), "warn" if count else "ok")
    for why, titles in refused.items():
        flash(_refused(why, [title for title in titles if title]), "warn")


def _refused(why: str, titles: Sequence[str]) -> str:
    if not titles:
        return why
    named = listed(title[:MOST_OF_TITLE] for title in titles[:MOST_NAMED])
    more = len(titles) - MOST_NAMED
    if more > 0:
        named = gettext("%(named)s and %(num)s more", named=named, num=more)
    return str(gettext("%(named)s: %(why)s", named=named, why=why))


def _pile(typed: str) -> Pile:
    """Raises NotFound, also for money without the finance permission."""
    if typed not in set(Pile) or (Pile(typed) in FINANCE_PILES and not may_handle_money()):
        raise NotFound()
    return Pile(typed)


def _page(items: Sequence[Item], number: int) -> Page[Item]:
    last = max(1, -(-len(items) // PER_PAGE))
    chosen = min(max(number, 1), last)
    return Page(items[(chosen - 1) * PER_PAGE : chosen * PER_PAGE], len(items), chosen, PER_PAGE)
