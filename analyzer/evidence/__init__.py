"""The nouns: what was found, before anybody has thought about it."""
