"""Master data as tables that people fill in: written out, looked at, and taken in through the functions of the forms."""
