"""Jobs that live, lose hosts, end and are forgotten while somebody looks on: an account in simulated time."""
