"""Entry -> Article, Story. Outcomes: `pipeline.dedup.match.Match`."""
