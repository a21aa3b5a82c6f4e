"""Raw identifiers as a run without a key shows them (spec "Raw identifiers")."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[^\s@](@|%40)([^\s@]+\.[^\s@.\d][^\s@.]|[a-z][a-z0-9-]*$)", re.IGNORECASE)
_VERSION = re.compile(r"@(v?\d+(\.\d+){0,2}|latest)$", re.IGNORECASE)
_PHONE = re.compile(r"(tel:)?\+[\d ().-]*\d", re.IGNORECASE)
_NAME = re.compile(r"[^\d@:/_=+#<>|,]+,?( [^\d@:/_=+#<>|,]+)+")


def raw_kind(text: str | None, *, is_person: bool = False) -> str | None:
    """raw_email, raw_phone, of a person raw_name; None for everything else."""
    if text is None:
        return None
    spelled = text.strip()
    if _EMAIL.search(spelled) and not _VERSION.search(spelled):
        return "raw_email"
    digits = sum(character.isdigit() for character in spelled)
    if _PHONE.fullmatch(spelled) and 7 <= digits <= 15:
        return "raw_phone"
    return "raw_name" if is_person and _NAME.fullmatch(spelled) else None


def shown(text: str | None, *, is_person: bool = False) -> str | None:
    """A user or tenant: as sent, else its kind."""
    return raw_kind(text, is_person=is_person) or text


def shown_case(text: str | None, tenant: str | None) -> str | None:
    """What names a case: as sent, else its kind and tenant."""
    kind = raw_kind(text)
    return text if kind is None else kind if tenant is None else f"{kind}:{tenant}"
