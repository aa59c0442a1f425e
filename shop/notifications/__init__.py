"""Telling people what happened: which message, to whom, about what."""
