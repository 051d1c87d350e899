"""How often AWS is called, against the least that could do."""
