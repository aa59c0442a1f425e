"""Small pure tools on the standard library: money, clock, references, transitions, errors, text."""
