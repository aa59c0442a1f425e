"""The file with everything that the shop holds of one person, made at once and kept nowhere."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.privacy_models import AboutWhat
from shop.accounts.shop_settings import read_shop_settings
from shop.kit.clock import shanghai_date, utc_now
from shop.privacy.copies import read_copy, zip_copy
from shop.privacy.people import person_of, person_to_copy
from shop.privacy.whole_map import WHOLE_MAP
from shop.web.database import patient_session
from shop.web.exports import let_out
from shop.web.filters import bilingual
from shop.web.outside_world import with_files
from shop.web.viewer import current_viewer

LONGEST_SECONDS = 60


def send_copy(about: AboutWhat, about_id: str, *, of_guest: str = "") -> Response:
    """Counted and written into the trail first. Raises NotFound, TooManyAttempts."""
    actor_id, now = current_viewer().user_id, utc_now()
    let_out(_noted(about, about_id, actor_id), of=of_guest)
    session = patient_session(seconds=LONGEST_SECONDS)
    copy = read_copy(session, person_to_copy(session, about, about_id))
    shop = bilingual(read_shop_settings(session), "name")
    packed = with_files(
        lambda _unit_of_work, store: zip_copy(
            copy, store, made_at=now, shop=shop, read_me=_read_me(), title=_title
        )
    )
    response = Response(packed, content_type="application/zip")
    name = f"my-data-{shanghai_date(now):%Y%m%d}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _noted(about: AboutWhat, about_id: str, actor_id: int | None) -> Callable[[Session], None]:
    def note(session: Session) -> None:
        person_of(session, about, about_id)
        audit(session, actor_id, "privacy.copied", about.value, about_id, now=utc_now())

    return note


def _title(table: str) -> str:
    return str(gettext(WHOLE_MAP[table].title))


def _read_me() -> str:
    return str(
        gettext(
            "copy.json holds everything in one file, the folder csv the same as tables, the folder photos what you sent."
            " Amounts are whole fen, moments UTC. Passwords and keys are not in it: the shop keeps only digests."
            " Orders and papers of an organisation stand with it: not in it are those of one to which you belong no more,"
            " gifts and welfare that it sent to others, and the people on its lists."
        )
    )
