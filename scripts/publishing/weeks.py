"""Weeks, as every command that writes one of them takes and refuses them."""

from __future__ import annotations

from datetime import date, timedelta


def is_of_this_century(day: date) -> bool:
    """Whether the weeks around a day can be reckoned with: no call lies outside of it."""
    return 2000 <= day.year < 2100


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def not_there(week: date, first: date, last: date) -> str:
    """What is said of a week that the warehouse cannot know."""
    return f"The warehouse knows nothing of the week of {week}: its weeks are {first} to {last}."
