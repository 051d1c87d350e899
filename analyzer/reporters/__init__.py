"""A diagnosis in, text out: one module a format, no decisions."""
