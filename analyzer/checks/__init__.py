"""Checks of a queue or compute environment before jobs run there: evidence in, results out, nothing asked."""
