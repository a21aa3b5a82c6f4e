"""Announcing what marts.alerts found: what is new, to whom, and at most once (docs/alerts.md)."""
