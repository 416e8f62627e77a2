"""Position... -> Shift. Two kinds: a story that reports a change, and a series that has moved."""
