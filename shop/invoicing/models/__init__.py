"""Invoices that sellers issue on the tax platform, what is sold by rate, and vouchers for goods bought from households."""

from __future__ import annotations

from shop.invoicing.models.documents import (
    NUMBER_LENGTH,
    DocumentKind,
    NumberSeries,
    Series,
    TaxDocument,
)
from shop.invoicing.models.invoices import (
    FileKind,
    Invoice,
    InvoiceFile,
    InvoiceOrder,
    InvoicePart,
    InvoiceStatus,
    RedLetter,
    RedLetterCause,
    RedLetterStatus,
    TaxEntry,
)
from shop.invoicing.models.vouchers import (
    PurchaseVoucher,
    VoucherStatus,
)

__all__ = [
    "NUMBER_LENGTH",
    "DocumentKind",
    "FileKind",
    "Invoice",
    "InvoiceFile",
    "InvoiceOrder",
    "InvoicePart",
    "InvoiceStatus",
    "NumberSeries",
    "PurchaseVoucher",
    "RedLetter",
    "RedLetterCause",
    "RedLetterStatus",
    "Series",
    "TaxDocument",
    "TaxEntry",
    "VoucherStatus",
]
