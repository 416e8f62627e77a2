"""A week -> Digest -> Mail. One issue a week and recipient, kept as first written."""
