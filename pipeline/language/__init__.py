"""What every stage needs to know of text: normalising, scripts, the concepts of the field."""
