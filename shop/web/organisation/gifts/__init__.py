"""Gift orders (礼品单): what is in one, who receives it, its card, its day, and where the parcels are."""

from shop.web.organisation.gifts import card, files, gifts, goods, invoice, pay, recipients, rows, sent  # noqa: F401
