"""AWS, or a path, -> Evidence: the only room that touches the network or the clock.

The entries are `analyzer.fetchers.fetch` (`fetch_jobs`, `iter_jobs`, `fetch_workdir`) and `analyzer.fetchers.local`.
Importing any of it does not import boto3: help, version and replayed captures stay fast without it.
"""
