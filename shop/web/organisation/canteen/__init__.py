"""A canteen orders: its sheet, its orders, what stands ordered, and what is weighed. Import each screen's module here."""

from shop.web.organisation.canteen import papers, sheet, standing, weights

__all__ = ["papers", "sheet", "standing", "weights"]
