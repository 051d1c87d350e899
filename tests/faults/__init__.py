"""Every call of every scenario, failing in every way: what fails, where, and what must come of it."""
