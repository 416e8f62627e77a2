"""Feed -> Entry. Outcomes: `pipeline.domain.PollOutcome`."""
