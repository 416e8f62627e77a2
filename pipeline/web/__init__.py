"""The public pages: a person's own subscription. GET shows, only POST acts."""
