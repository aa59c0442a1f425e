"""Photos of lots as every face takes and shows them: from a form, or from a phone that kept one with its press."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from typing import Final

from flask import Response, jsonify, request

from shop.catalogue.picture_files import MOST_BYTES
from shop.inventory.lot_photos import PhotoOf, add_photo, bring_photo, photo_key, read_photo
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import secret_token
from shop.kit.text import msg
from shop.web.database import read_session
from shop.web.error_pages import error_message, translated
from shop.web.outside_world import with_files
from shop.web.phone_actions import OtherPerson, person_name
from shop.web.private_photos import private_photo
from shop.web.viewer import current_user_id

FOLLOWS: Final = "follows"  # what a press says in its field `photo` while the phone still has it
_KEY: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def sent_photo() -> bytes:
    """The photo in the form that was just sent; nothing where none was chosen."""
    sent = request.files.get("photo")
    return sent.read(MOST_BYTES + 1) if sent is not None else b""


def photo_of(token: str, now: datetime) -> PhotoOf:
    return PhotoOf(current_user_id(), token, now)


def add_sent_photo(lot_id: int, token: str) -> None:
    """Raises InvalidInput for the field `photo`, StorageFull."""
    content, of = sent_photo(), photo_of(token or secret_token(), utc_now())
    if not content:
        raise InvalidInput(msg("Please take or choose a photo first."), field="photo")
    with_files(partial(add_photo, lot_id=lot_id, content=content, of=of))


def show_photo(lot_id: int, photo_id: int) -> Response:
    """The caller has looked whether its person may see the lot. Raises NotFound."""
    key = photo_key(read_session(), lot_id, photo_id)
    return private_photo(with_files(lambda _unit_of_work, store: read_photo(store, key)))


def take_phone_photo() -> Response:
    """The body is the photo that belongs to a press which the shop has carried out: `?person=…&press=…`.

    200 with `outcome`: `kept`, also where it came before, or `refused` with what is `said`. Raises OtherPerson.
    """
    if request.args.get("person") != person_name(current_user_id()):
        raise OtherPerson()
    press = request.args.get("press", "")
    if not _KEY.fullmatch(press):
        raise InvalidInput(msg("This is not what the phone's pages send."))
    content, of = request.get_data(cache=False), photo_of(press, utc_now())
    try:
        with_files(partial(bring_photo, content=content, of=of))
    except InvalidInput as error:
        said = " ".join(translated(text, error.facts) for text in error.errors.values())
        return jsonify({"outcome": "refused", "said": said or error_message(error)})
    except Conflict as error:
        return jsonify({"outcome": "refused", "said": error_message(error)})
    return jsonify({"outcome": "kept", "said": ""})
