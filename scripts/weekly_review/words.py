"""How numbers, dates and names are written on the page."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

NOT_KNOWN = "not known"
MINUS = "−"  # noqa: RUF001
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
LONGEST_NAME = 28
LONGEST_PROSE = 120

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
# What reorders the text around it, and what no reader sees: a name could end the line with it.
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True)
class Currency:
    """What amounts are shown in; the warehouse keeps dollars."""

    code: str = "USD"
    usd_per_unit: Decimal = Decimal(1)

    @property
    def sign(self) -> str:
        return SYMBOLS.get(self.code, f"{self.code} ")


DOLLARS = Currency()


def is_unknown(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def significant(value: float, digits: int = 3) -> str:
    """A number of at least 0 in so many significant digits, never as a power of ten."""
    if value == 0:
        return "0"
    whole_digits = math.floor(math.log10(value)) + 1
    places = max(0, min(digits - whole_digits, 8))
    # 9.996 has become 10.00.
    if float(f"{value:.{places}f}") >= 10.0**whole_digits and places:
        places -= 1
    return f"{value:,.{places}f}"


def shortened(value: float) -> str:
    for size, suffix in ((1e9, "bn"), (1e6, "m"), (1e4, "k")):
        if value >= size:
            return significant(value / (1e3 if suffix == "k" else size)) + suffix
    return significant(value)


def signed(text: str, value: float, with_sign: bool) -> str:
    if value < 0:
        return MINUS + text
    return f"+{text}" if with_sign and value > 0 else text


def money(value: Any, currency: Currency = DOLLARS, with_sign: bool = False) -> str:
    if is_unknown(value):
        return NOT_KNOWN
    amount = float(Decimal(str(value)) / currency.usd_per_unit)
    if 0 < abs(amount) < 0.000001:
        return f"under {currency.sign}0.000001"
    return signed(currency.sign + shortened(abs(amount)), amount, with_sign)


def percent(value: Any, with_sign: bool = False) -> str:
    if is_unknown(value):
        return NOT_KNOWN
    share = float(value) * 100
    if 0 < abs(share) < 0.05:
        text = f"under 0.1{NARROW_SPACE}%"
        return text if share > 0 else f"over {MINUS}0.1{NARROW_SPACE}%"
    places = 1 if abs(share) < 9.95 and abs(share - round(share)) >= 0.05 else 0
    return signed(f"{abs(share):,.{places}f}{NARROW_SPACE}%", share, with_sign)


def count(value: Any, with_sign: bool = False) -> str:
    if is_unknown(value):
        return NOT_KNOWN
    number = float(value)
    text = f"{abs(number):,.0f}" if abs(number) < 1e5 else shortened(abs(number))
    return signed(text, number, with_sign)


def decimal(value: Any, with_sign: bool = False) -> str:
    if is_unknown(value):
        return NOT_KNOWN
    number = float(value)
    text = f"{abs(number):.2f}" if abs(number) < 10 else shortened(abs(number))
    return signed(text, 0.0 if text == "0.00" else number, with_sign)


def points(value: Any) -> str:
    """The change of a share, in points of a hundred."""
    if is_unknown(value):
        return NOT_KNOWN
    text = f"{abs(float(value)) * 100:.1f}"
    return signed(text, 0.0 if text == "0.0" else float(value), with_sign=True)


def duration(minutes: Any) -> str:
    """Minutes as people say them."""
    if is_unknown(minutes):
        return NOT_KNOWN
    number = float(minutes)
    if number < 90:
        return f"{significant(number, 2)}{NARROW_SPACE}min"
    if number < 48 * 60:
        return f"{significant(number / 60, 2)}{NARROW_SPACE}h"
    return f"{significant(number / 1440, 2)}{NARROW_SPACE}days"


def day(value: Any) -> str:
    return NOT_KNOWN if value is None else f"{value.day} {MONTHS[value.month - 1][:3]}"


def long_day(value: date) -> str:
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def moment(value: Any) -> str:
    return NOT_KNOWN if value is None else f"{day(value)}, {value:%H:%M}"


def name(value: Any) -> str:
    """A name as one line of visible characters: nothing in it can break or reorder the page."""
    if value is None:
        return NOT_KNOWN
    text = INVISIBLE.sub("", str(value))
    text = "".join("\N{REPLACEMENT CHARACTER}" if is_control(one) else one for one in text)
    return " ".join(text.split()) or NOT_KNOWN


def is_control(character: str) -> bool:
    # A lone surrogate is no text at all: a file could not hold it.
    return unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r"


def cut_name(value: Any, longest: int = LONGEST_NAME) -> str:
    """A long name cut in its middle: both ends tell names apart."""
    text = name(value)
    if len(text) <= longest:
        return text
    behind = (longest - 1) // 3
    return f"{text[: longest - 1 - behind]}…{text[-behind:]}"


def plain_value(value: Any) -> str:
    """A value of the warehouse as text that a reader of the page can compare exactly."""
    if is_unknown(value):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return repr(value) if isinstance(value, float) else str(value)
