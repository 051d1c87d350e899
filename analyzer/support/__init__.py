"""What a support ticket may carry: masking of secrets, used by every way out of the program."""
