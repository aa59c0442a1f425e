"""The photo or PDF of a certificate, on its own page."""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import Response as FileResponse
from flask import redirect, url_for
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.inventory.proof_files import Find, of_certificate
from shop.web.admin.blueprint import admin
from shop.web.guards import requires
from shop.web.limits import FORMS, UPLOADS, limiter
from shop.web.proof_files import Kept, attach_sent_proof, kept_proofs, remove_proof, send_proof
from shop.web.protection import accepts_uploads

_PATH: Final = "/certificates/<int:record_id>/files"


@admin.post(_PATH)
@limiter.limit(UPLOADS)
@requires(RoleName.ADMIN)
@accepts_uploads
def attach_certificate_file(record_id: int) -> Response:
    attach_sent_proof(_certificate(record_id))
    return _back(record_id)


@admin.get(f"{_PATH}/<int:file_id>")
@requires(RoleName.ADMIN)
def certificate_file(record_id: int, file_id: int) -> FileResponse:
    return send_proof(_certificate(record_id), file_id)


@admin.post(f"{_PATH}/<int:file_id>/remove")
@limiter.limit(FORMS)
@requires(RoleName.ADMIN)
def remove_certificate_file(record_id: int, file_id: int) -> Response:
    remove_proof(_certificate(record_id), file_id)
    return _back(record_id)


def certificate_files(record_id: int) -> Kept:
    return kept_proofs(
        _certificate(record_id),
        url_for("admin.attach_certificate_file", record_id=record_id),
        lambda file_id: url_for("admin.certificate_file", file_id=file_id, record_id=record_id),
        lambda file_id: url_for("admin.remove_certificate_file", file_id=file_id, record_id=record_id),
    )


def _certificate(record_id: int) -> Find:
    return partial(of_certificate, certificate_id=record_id)


def _back(record_id: int) -> Response:
    return redirect(url_for("admin.certificates_one", record_id=record_id) + "#files", 303)
