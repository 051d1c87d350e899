"""The bundle for a support ticket: the diagnosis and its evidence in one file, without secrets and without identities."""
