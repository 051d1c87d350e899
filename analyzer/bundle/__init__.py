"""The bundle for a support ticket: diagnosis and evidence in one file, without secrets and without identities."""
