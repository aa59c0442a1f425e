"""Photos that came with a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from flask import request
from flask_babel import gettext as _

from shop.catalogue.picture_files import MOST_BYTES
from shop.ordering.claim_photos import MOST_PHOTOS


def sent_photos() -> Sequence[bytes]:
    """One more than may be sent, so that too many are told; an empty file is among them, and refused as no picture."""
    chosen = [file for file in request.files.getlist("photo") if file.filename]
    return [file.read(MOST_BYTES + 1) for file in chosen[: MOST_PHOTOS + 1]]


def digest_of(contents: Sequence[bytes]) -> str:
    """Says which pictures they are, so that a form with others is another; empty where there are none."""
    return sha256(b"".join(sha256(content).digest() for content in contents)).hexdigest() if contents else ""


def photos_again(errors: Mapping[str, str], contents: Sequence[bytes]) -> dict[str, str]:
    """What is wrong with a form that is shown again, and that its photos are not in it any more: browsers keep none."""
    gone = {"photo": _("Please choose the photos once more: your browser does not keep them.")}
    return (gone if contents else {}) | dict(errors)
