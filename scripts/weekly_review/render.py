"""Numbers and sentences as HTML: each with the query, row and column that it was read from."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from weekly_review import words
from weekly_review.sentences import Sentence, Shown, written
from weekly_review.warehouse import Number

NO_REASON = "the warehouse has no value here"


class Writer:
    """Writes for one page: in its currency, with one list of reasons for what is not known."""

    def __init__(self, currency: words.Currency) -> None:
        self.currency = currency
        self.reasons: list[str] = []

    def span(self, number: Number, text: str, why: str = NO_REASON) -> Markup:
        tied = Markup(' data-query="{}" data-row="{}" data-column="{}" data-value="{}"').format(
            number.query, number.row, number.column, words.plain_value(number.value)
        )
        if words.is_unknown(number.value):
            if why not in self.reasons:
                self.reasons.append(why)
            letter = self.letter(self.reasons.index(why))
            return Markup('<span class="unknown" title="{}"{}>{}<sup>{}</sup></span>').format(
                f"Not known: {why}", tied, words.NOT_KNOWN, letter
            )
        title = f"{number.query}: {number.column} = {words.plain_value(number.value)}"
        return Markup('<span class="n" title="{}"{}>{}</span>').format(
            words.name(title), tied, text
        )

    @staticmethod
    def letter(place: int) -> str:
        return chr(ord("a") + place) if place < 26 else f"a{place}"

    def usd(self, number: Number, sign: bool = False, why: str = NO_REASON) -> Markup:
        return self.span(number, words.money(number.value, self.currency, sign), why)

    def size(self, number: Number, why: str = NO_REASON) -> Markup:
        """An amount whose direction the words around it say."""
        value = None if number.value is None else abs(number.value)
        return self.span(number, words.money(value, self.currency), why)

    def pct(self, number: Number, sign: bool = False, why: str = NO_REASON) -> Markup:
        return self.span(number, words.percent(number.value, sign), why)

    def num(self, number: Number, sign: bool = False, why: str = NO_REASON) -> Markup:
        return self.span(number, words.decimal(number.value, sign), why)

    def points(self, number: Number, why: str = NO_REASON) -> Markup:
        return self.span(number, words.points(number.value), why)

    def share(self, number: Number, why: str = NO_REASON) -> Markup:
        """A change of a share whose direction the words around it say."""
        value = None if number.value is None else abs(number.value)
        return self.span(number, words.percent(value), why)

    def count(self, number: Number, sign: bool = False, why: str = NO_REASON) -> Markup:
        return self.span(number, words.count(number.value, sign), why)

    def time(self, number: Number, why: str = NO_REASON) -> Markup:
        return self.span(number, words.duration(number.value), why)

    def day(self, number: Number, why: str = NO_REASON) -> Markup:
        return self.span(number, words.day(number.value), why)

    def moment(self, number: Number, why: str = NO_REASON) -> Markup:
        return self.span(number, words.moment(number.value), why)

    def name(self, number: Number, longest: int = words.LONGEST_NAME) -> Markup:
        """A name of any script, in its own direction, cut in the middle; whole on hover."""
        if number.value is None:
            return self.span(number, words.NOT_KNOWN)
        # Ids break after a dot or a line, rather than anywhere.
        text = Markup("").join(
            Markup("{}<wbr>").format(part) if part[-1:] in "._-/" else escape(part)
            for part in re.split(r"(?<=[._/-])", words.cut_name(number.value, longest))
        )
        return Markup('<bdi dir="auto" class="name" title="{}">{}</bdi>').format(
            words.name(number.value), text
        )

    def prose(self, number: Number, longest: int = words.LONGEST_PROSE) -> Markup:
        """What somebody wrote, in its own direction, as one line that nothing in it can break."""
        if number.value is None:
            return self.span(number, words.NOT_KNOWN)
        return Markup('<bdi dir="auto" title="{}">{}</bdi>').format(
            words.name(number.value), words.cut_name(number.value, longest)
        )

    def sentence(self, sentence: Sentence) -> Markup:
        return Markup("").join(
            escape(part) if isinstance(part, str) else self.shown(part) for part in sentence
        )

    def shown(self, part: Shown) -> Markup:
        if part.kind == "name":
            return self.name(part.number)
        return self.span(part.number, written(part, self.currency))

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            one: getattr(self, one)
            for one in (
                "usd",
                "size",
                "pct",
                "share",
                "points",
                "num",
                "count",
                "time",
                "day",
                "moment",
                "name",
                "prose",
                "sentence",
            )
        }
