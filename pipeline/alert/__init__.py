"""Shift -> Notification. Every (shift, route) gets one `pipeline.domain.Reason`, sent or not."""
