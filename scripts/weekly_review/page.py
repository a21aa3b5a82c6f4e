"""The page: every section that has something to say, and the notes that all of it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from weekly_review import words
from weekly_review.render import Writer
from weekly_review.review import Review, Section
from weekly_review.sections import SECTIONS
from weekly_review.warehouse import Query

TEMPLATES = Path(__file__).resolve().parent / "templates"


@dataclass(frozen=True)
class Part:
    """A section as it stands on the page."""

    section: Section
    html: Markup
    queries: list[Query]

    @property
    def marts(self) -> list[str]:
        return sorted({mart for query in self.queries for mart in query.marts})


def environment(writer: Writer) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= writer.filters()
    made.globals |= {"words": words, "width": width}
    return made


def width(value: Any, widest: float) -> str:
    """A bar in a cell, as a part of the widest."""
    return f"{max(0.0, min(1.0, float(value or 0) / widest)) * 100:.1f}%"


def is_shown(section: Section, review: Review) -> bool:
    return (section.is_for_a_tenant or review.tenant is None) and (
        section.is_for_an_open_week or review.is_complete
    )


def page(review: Review) -> str:
    """The page as one HTML text that needs nothing beside it."""
    writer = Writer(review.currency)
    templates = environment(writer)
    parts = []
    for section in SECTIONS:
        built = section.build(review) if is_shown(section, review) else None
        if built is not None:
            template = templates.get_template(f"sections/{section.name}.html")
            html = Markup(template.render(review=review, **built))  # noqa: S704  # escaped there
            parts.append(Part(section, html, []))
    # Sections share what they ask, so only now all of it is known.
    parts = [Part(part.section, part.html, review.queries_of(part.section.name)) for part in parts]
    shown = {part.section.name for part in parts}
    silent = [
        query for query in review.warehouse.asked.values() if query.name.split(".")[0] not in shown
    ]
    text: str = templates.get_template("page.html").render(
        review=review,
        parts=parts,
        silent=silent,
        reasons=[(writer.letter(place), why) for place, why in enumerate(writer.reasons)],
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),  # noqa: S704
        script=Markup((TEMPLATES / "page.js").read_text(encoding="utf-8")),  # noqa: S704
        left_out=[
            section.name for section in SECTIONS if review.tenant and not section.is_for_a_tenant
        ],
    )
    return text
