"""The photo or PDF of the pledge in force of one's own lot: a supplier's own, or the sheet that was signed."""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import Response as FileResponse
from flask import redirect, url_for
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.inventory.producer_lots import Keepers
from shop.inventory.proof_files import Find, of_pledge
from shop.web.guards import requires
from shop.web.limits import FORMS, UPLOADS, limiter
from shop.web.proof_files import Kept, attach_sent_proof, kept_proofs, remove_proof, send_proof
from shop.web.protection import accepts_uploads
from shop.web.viewer import current_viewer
from shop.web.village.blueprint import village

_PATH: Final = "/lots/<int:lot_id>/pledge/files"


@village.post(_PATH)
@limiter.limit(UPLOADS)
@requires(RoleName.COORDINATOR)
@accepts_uploads
def attach_pledge_file(lot_id: int) -> Response:
    attach_sent_proof(_pledge(lot_id))
    return _back(lot_id)


@village.get(f"{_PATH}/<int:file_id>")
@requires(RoleName.COORDINATOR)
def pledge_file(lot_id: int, file_id: int) -> FileResponse:
    return send_proof(_pledge(lot_id), file_id)


@village.post(f"{_PATH}/<int:file_id>/remove")
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def remove_pledge_file(lot_id: int, file_id: int) -> Response:
    remove_proof(_pledge(lot_id), file_id)
    return _back(lot_id)


def pledge_files(lot_id: int) -> Kept:
    """Raises NotFound where no pledge is in force."""
    return kept_proofs(
        _pledge(lot_id),
        url_for("village.attach_pledge_file", lot_id=lot_id),
        lambda file_id: url_for("village.pledge_file", file_id=file_id, lot_id=lot_id),
        lambda file_id: url_for("village.remove_pledge_file", file_id=file_id, lot_id=lot_id),
    )


def _pledge(lot_id: int) -> Find:
    keepers = Keepers(village_ids=current_viewer().village_ids)
    return partial(of_pledge, lot_id=lot_id, keepers=keepers)


def _back(lot_id: int) -> Response:
    return redirect(url_for("village.pledge", lot_id=lot_id) + "#files", 303)
