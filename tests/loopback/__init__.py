"""AWS on 127.0.0.1: serves the documents of a scenario as the services would, records every call, fails on demand."""
