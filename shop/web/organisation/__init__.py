"""What an organisation's members see of it: what it owes, where to transfer, its statement."""

from shop.web.organisation import account
from shop.web.organisation.blueprint import organisation as blueprint

__all__ = ["account", "blueprint"]
