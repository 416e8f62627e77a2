"""Article -> Position. Every article gets one `Tag`; a text that names no watched actor is not relevant."""
