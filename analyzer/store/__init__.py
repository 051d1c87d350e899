"""What was diagnosed, kept: a Parquet data set of rows, one for each job and attempt, that anything can read."""
