"""A simulated account: tens of thousands of jobs made from a few scenarios, each derived when it is asked for."""
