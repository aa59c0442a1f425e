"""Gifts: one organisation pays, many people receive. Each recipient has an ordinary order of their own."""
