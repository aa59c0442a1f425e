"""One paper of a pack: what it is, whether it is there, and what it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shop.kit.text import msg
from shop.storage.pdfs import Pages


class SectionKey(StrEnum):
    """In the order in which finance offices want them."""

    INVOICE = "invoice"
    LIST = "list"
    CONTRACT = "contract"
    ACCEPTANCE = "acceptance"
    SIGN_OFF = "sign_off"
    PAYMENT = "payment"
    CERTIFICATES = "certificates"
    OTHER = "other"


TITLES: Final = {
    SectionKey.INVOICE: msg("Invoice"),
    SectionKey.LIST: msg("Itemised list"),
    SectionKey.CONTRACT: msg("Contract"),
    SectionKey.ACCEPTANCE: msg("Acceptance note"),
    SectionKey.SIGN_OFF: msg("Sign-off sheet"),
    SectionKey.PAYMENT: msg("Proof of payment"),
    SectionKey.CERTIFICATES: msg("Certificates of the goods"),
    SectionKey.OTHER: msg("Other papers"),
}


class Standing(StrEnum):
    THERE = "there"
    TO_SIGN = "to_sign"  # a sheet is in it that people fill in and sign
    MISSING = "missing"
    IF_ASKED = "if_asked"  # not there, and only some finance offices want it


STANDINGS: Final = {
    Standing.THERE: msg("Inside"),
    Standing.TO_SIGN: msg("To be signed"),
    Standing.MISSING: msg("Still missing"),
    Standing.IF_ASKED: msg("If your office asks for it"),
}


@dataclass(frozen=True, slots=True)
class Original:
    """A file as somebody uploaded it: its name in the store, and the name under which it lies in the ZIP."""

    file: str
    name: str

    @property
    def ending(self) -> str:
        return self.file.rsplit(".", 1)[-1]

    @property
    def can_be_joined(self) -> bool:
        """OFD and XML stand beside the PDF, in the ZIP."""
        return self.ending in {"pdf", "jpg", "png"}


@dataclass(frozen=True)
class Section:
    """`says` in the reader's language what is inside and what is missing, and why; `write` fills pages of its own.

    `in_folder`: its originals lie in a folder of the ZIP and are not joined into the PDF.
    """

    key: SectionKey
    standing: Standing
    says: tuple[str, ...]
    originals: tuple[Original, ...] = ()
    write: Callable[[Pages], None] | None = None
    in_folder: bool = False

    @property
    def title(self) -> str:
        return TITLES[self.key]

    @property
    def is_empty(self) -> bool:
        return self.write is None and not self.originals
