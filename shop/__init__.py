"""First Secretary Village Shop."""
