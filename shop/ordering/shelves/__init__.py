"""Goods that lie at a pickup point, or were taken along to a fair, and are sold there over the counter."""
