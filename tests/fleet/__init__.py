"""Tests of the fleet's rows and sums."""
