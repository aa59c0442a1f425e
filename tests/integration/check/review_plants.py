"""Reviews that are counted wrongly, or are of goods that nobody bought."""

from __future__ import annotations

from tests.integration.check.plants import Saboteur, plants

PLANTED = True
_REVIEW = (
    "INSERT INTO reviews (id, order_id, product_id, stars, text, shown_as, shown_name, status, flags, hidden_words,"
    " written_at, changed_at, answer, with_photos) SELECT 77, o.id, :product, 5, '', 'nobody', '', 'waiting', '', '',"
    " o.placed_at, o.placed_at, '', :no FROM orders o WHERE o.id = :order"
)


@plants("product: reviews are counted as they stand")
def _one_star_too_many(by: Saboteur) -> str:
    slug = by.ask("SELECT slug FROM products ORDER BY id LIMIT 1")
    by.do("UPDATE products SET stars_5 = stars_5 + 1 WHERE slug = :slug", slug=slug)
    return f"product {slug}"


@plants("review: its order has the goods and was not called off")
def _of_something_else(by: Saboteur) -> str:
    order = by.ask("SELECT MIN(order_id) FROM order_lines")
    product = by.ask(
        "SELECT MIN(id) FROM products WHERE id NOT IN (SELECT product_id FROM order_lines WHERE order_id = :order)",
        order=order,
    )
    by.do(_REVIEW, product=product, order=order, no=False)
    return "review 77"
