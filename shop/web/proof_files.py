"""Files of certificates and pledges, for the desks that keep them: attach, save, take away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Response as FileResponse
from flask import flash
from flask_babel import gettext

from shop.inventory.proof_files import Find, attach_proof, proofs_of, read_proof, take_proof_away
from shop.inventory.proof_models import ProofFile
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.web.database import read_session
from shop.web.document_files import send_document, sent_document
from shop.web.error_pages import translated
from shop.web.outside_world import with_files
from shop.web.viewer import current_user_id


@dataclass(frozen=True)
class Kept:
    """The files of one paper, each with where it is saved and taken away, and where another one is sent."""

    files: Sequence[tuple[ProofFile, str, str]]
    attach_at: str


def kept_proofs(
    find: Find, attach_at: str, open_at: Callable[[int], str], remove_at: Callable[[int], str]
) -> Kept:
    """One statement beside what `find` reads."""
    session = read_session()
    found = proofs_of(session, find(session))
    return Kept([(one, open_at(one.id), remove_at(one.id)) for one in found], attach_at)


def attach_sent_proof(find: Find) -> None:
    """Says how it went. Raises NotFound, StorageFull."""
    find(read_session())
    name, content = sent_document()
    if not content:
        flash(gettext("Please choose a file first."), "bad")
        return
    actor_id, now = current_user_id(), utc_now()
    try:
        with_files(
            lambda work, store: attach_proof(work, store, find, name, content, actor_id=actor_id, now=now)
        )
    except InvalidInput as error:
        flash(" ".join(translated(one, error.facts) for one in error.errors.values()), "bad")
    else:
        flash(gettext("The document is attached."), "ok")


def send_proof(find: Find, file_id: int) -> FileResponse:
    """Raises NotFound."""
    session = read_session()
    return send_document(read_proof(session, find(session), file_id).file, f"certificate-{file_id}")


def remove_proof(find: Find, file_id: int) -> None:
    """Raises NotFound."""
    actor_id, now = current_user_id(), utc_now()
    with_files(lambda work, store: take_proof_away(work, store, find, file_id, actor_id=actor_id, now=now))
    flash(gettext("The document is gone."), "ok")
