"""What a buyer says to the shop, to households and to other buyers, each word of it marked; and what the shop answers."""

from __future__ import annotations

import io
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.accounts.passkey_challenges import Challenge
from shop.accounts.passkey_site import NewKey
from shop.accounts.passkeys import add_passkey
from shop.extensions import unit_of_work
from shop.kit.clock import utc_now
from tests.factories.navigators.buyer import Buyer
from tests.factories.page_forms import forms_of
from tests.factories.town import Town


def keeps_a_passkey(town: Town, email: str, mark: str) -> None:
    """As its page does. Browsers keep none for the bare address at which this shop stands."""
    key = NewKey(f"{mark}credential", f"{mark}public", sign_count=0, backed_up=False)
    challenge = Challenge("spent", "", f"{mark}handle")

    def keep(session: Session) -> None:
        user_id = session.scalars(sa.select(User.id).where(User.email == email)).one()
        session.get_one(User, user_id).confirmed_at = utc_now()
        add_passkey(session, user_id, key, challenge, label=f"{mark}key", now=utc_now())

    with town.app.app_context():
        unit_of_work().run(keep)


def wishes(buyer: Buyer, slug: str) -> None:
    buyer.browser.open("/account/wishlist/add", product=slug)
    buyer.browser.send("/account/wishlist/add")


def writes_to_the_shop(buyer: Buyer, mark: str, photo: bytes) -> str:
    """Returns where the conversation is."""
    buyer.browser.open("/contact", order=buyer.number, topic="order")
    said = {"text": f"{mark}asked", "topic": "order", "order": buyer.number}
    return sends_with_photo(buyer, "/contact", said, photo)


def reviews(buyer: Buyer, mark: str, photo: bytes) -> None:
    buyer.browser.open(f"{buyer.order_path}/reviews")
    here = buyer.browser.link(rf"{buyer.order_path}/reviews/\d+")
    for text in ("first", "then"):
        buyer.browser.open(here)
        said = {"stars": "4", "text": f"{mark}{text}", "shown_as": "surname"}
        sends_with_photo(buyer, here, said, photo)


def thanks(buyer: Buyer, mark: str) -> None:
    buyer.browser.open(f"{buyer.order_path}/thanks")
    buyer.browser.send(f"{buyer.order_path}/thanks", signed_as="teacher", text=f"{mark}thanks")


def sends_with_photo(buyer: Buyer, action: str, said: dict[str, str], photo: bytes) -> str:
    form: Any = next(one for one in forms_of(buyer.browser.page) if one.action == action)
    sent = form.fields | said | {"photo": (io.BytesIO(photo), "zkanary.jpg")}
    answer = buyer.browser.client.post(action, data=sent)
    assert answer.status_code == 303, answer.text[-3000:]
    return str(answer.location)


def is_answered(town: Town, mark: str) -> None:
    """By the desk, which writes a note to itself besides."""
    desk = town.admin().browser
    desk.open("/admin/conversations")
    here = desk.link(r"/admin/conversations/\d+")
    desk.open(here)
    desk.send(f"{here}/note", note=f"{mark}aside")
    desk.open(here)
    desk.send(f"{here}/answer", text=f"{mark}answered")
