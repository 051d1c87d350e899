"""Many jobs: what to look at, one row for each attempt, and what the rows say together. Pure: no clock, no network."""
