"""Rules that need more than a text: one module a family, each with a table from rule id to function."""
