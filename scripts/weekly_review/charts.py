"""Charts as SVG, drawn when the page is built.

Altair gets one colour for each meaning; in the SVG they become the page's own, so that one drawing
serves light, dark and print. A chart is drawn twice, for wide and for narrow screens: scaled down,
its text could not be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

from weekly_review import words

WIDE, NARROW = 896, 358
COLOURS = {
    "this": "#1f5fbf",
    "alert": "#b4530a",
    "ink": "#1a1d21",
    "grey": "#5d6570",
    "soft": "#c3c9d2",
    "line": "#e3e6ea",
    "band": "#eaf0fa",
    "page": "#fefefe",
}
FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class Chart:
    """A drawing with its text alternative."""

    wide: Markup
    narrow: Markup
    says: str


def svg(chart: Any, name: str) -> Markup:
    chart = (
        chart.configure(font=FONT, background="transparent", padding=0)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=COLOURS["grey"],
            labelFontSize=12,
            titleColor=COLOURS["grey"],
            gridColor=COLOURS["line"],
            domain=False,
            ticks=False,
            labelPadding=8,
        )
        .configure_text(fontSize=12)
    )
    drawn = str(vl_convert.vegalite_to_svg(chart.to_json(), vl_version="6.1"))
    for meaning, colour in COLOURS.items():
        drawn = re.sub(colour, f"var(--{meaning})", drawn, flags=re.IGNORECASE)
    # Drawings of one page share their ids otherwise.
    drawn = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{name}-", drawn)
    drawn = re.sub(r'font-family="[^"]*"', 'font-family="inherit"', drawn)
    drawn = drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    return Markup(drawn)  # noqa: S704  # Vega escapes the texts that it draws


def both_widths(draw: Callable[[int], Any], name: str, says: str) -> Chart:
    return Chart(svg(draw(WIDE), f"{name}-wide"), svg(draw(NARROW), f"{name}-narrow"), says)


@dataclass(frozen=True)
class Step:
    """A bar of a waterfall."""

    label: str
    start: float
    end: float
    is_total: bool
    text: str


def waterfall(steps: Sequence[Step], says: str) -> Chart:
    rows = [
        {
            "label": step.label,
            "start": step.start,
            "end": step.end,
            "top": max(step.start, step.end),
            "text": step.text,
            "kind": "total" if step.is_total else "up" if step.end > step.start else "down",
        }
        for step in steps
    ]
    joints = [
        {"label": before.label, "to": after.label, "at": before.end}
        for before, after in pairwise(steps)
    ]
    order = [step.label for step in steps]
    most = max((row["top"] for row in rows), default=1.0)
    least = min((min(step.start, step.end) for step in steps), default=0.0)

    def draw(width: int) -> Any:
        room = 88
        labels = 190 if width == WIDE else 128
        scale = alt.Scale(domain=[min(0.0, least), most], nice=False)
        base = alt.Chart(alt.Data(values=rows)).encode(
            y=alt.Y("label:N", sort=order, title=None, scale=alt.Scale(paddingInner=0.35),
                    axis=alt.Axis(labelLimit=labels, labelFontSize=13 if width == WIDE else 12,
                                  labelColor=COLOURS["ink"])),
        )
        bars = base.mark_bar(cornerRadius=1).encode(
            x=alt.X("start:Q", title=None, axis=None, scale=scale),
            x2="end:Q",
            color=alt.Color("kind:N", legend=None, scale=alt.Scale(
                domain=["total", "up", "down"],
                range=[COLOURS["soft"], COLOURS["alert"], COLOURS["this"]])),
        )
        texts = base.mark_text(align="left", dx=8, fontSize=13, color=COLOURS["ink"]).encode(
            x=alt.X("top:Q", axis=None, scale=scale), text="text:N"
        )
        links = alt.Chart(alt.Data(values=joints)).mark_rule(color=COLOURS["soft"]).encode(
            x=alt.X("at:Q", axis=None, scale=scale),
            y=alt.Y("label:N", sort=order, title=None), y2="to:N",
        )
        return (links + bars + texts).properties(
            width=width - labels - room, height=26 * len(rows)
        )

    return both_widths(draw, "bridge", says)


@dataclass(frozen=True)
class Mark:
    """Something that happened on a day."""

    at: str
    label: str


def lanes(marks: Sequence[Mark], days_of_a_label: Callable[[str], float]) -> list[dict[str, Any]]:
    """Each label on the first line on which it does not touch the one before."""
    import datetime as dt

    free: list[float] = []
    rows = []
    for mark in sorted(marks, key=lambda one: (one.at, one.label)):
        day = float(dt.date.fromisoformat(mark.at[:10]).toordinal())
        lane = next((number for number, until in enumerate(free) if until <= day), len(free))
        if lane == len(free):
            free.append(0.0)
        free[lane] = day + days_of_a_label(mark.label)
        rows.append({"at": mark.at, "label": mark.label, "lane": lane})
    return rows


def cost_line(
    weeks: Sequence[dict[str, Any]],
    releases: Sequence[Mark],
    prices: Sequence[Mark],
    target: float | None,
    write: Callable[[float], str],
    says: str,
) -> Chart:
    """Weeks with their band of chance; releases above the line, price changes below it."""
    highest = max(
        [row[key] for row in weeks for key in ("value", "high") if row[key] is not None]
        + ([target] if target else [0.0])
    )
    last = [row for row in weeks if row["value"] is not None][-1:]
    first_day, last_day = weeks[0]["at"], weeks[-1]["at"]

    def draw(width: int) -> Any:
        room, side = (76, 56) if width == WIDE else (52, 44)
        plot = width - room - side
        days = 7 * max(len(weeks) - 1, 1)
        above = lanes(releases, lambda label: (len(label) * 6.6 + 14) * days / plot)
        below = lanes(prices, lambda label: (len(label) * 6.6 + 14) * days / plot)
        height = 220 if width == WIDE else 180
        top, bottom = 18 * (max((r["lane"] for r in above), default=-1) + 1), 18 * (
            max((r["lane"] for r in below), default=-1) + 1
        )
        ticks = [row["at"] for row in weeks[:: 1 if width == WIDE else 3]]
        x = alt.X(
            "at:T",
            title=None,
            scale=alt.Scale(type="utc", domain=[first_day, last_day]),
            axis=alt.Axis(values=ticks, format="%-d %b", grid=False, labelOverlap=True,
                          offset=bottom, labelFlush=False),
        )
        scale = alt.Scale(domain=[0, highest * 1.02], nice=True)
        y = alt.Y(
            "value:Q",
            title=None,
            scale=scale,
            axis=alt.Axis(tickCount=4, labelExpr="datum.value == 0 ? '0' : datum.label",
                          format="~g"),
        )
        data = alt.Chart(alt.Data(values=list(weeks)))
        layers: list[Any] = [
            data.mark_area(color=COLOURS["band"], interpolate="linear").encode(
                x=x, y=alt.Y("low:Q", scale=scale, title=None), y2="high:Q"
            ).transform_filter("isValid(datum.low)"),
        ]
        if target:
            line = alt.Chart(alt.Data(values=[{"value": target, "at": last_day,
                                               "text": "target"}]))
            layers += [
                line.mark_rule(color=COLOURS["grey"], strokeDash=[2, 3]).encode(y=y),
                line.mark_text(align="left", dx=10, color=COLOURS["grey"]).encode(
                    x=x, y=y, text="text:N"),
            ]
        for rows, is_release in ((above, True), (below, False)):
            if not rows:
                continue
            for row in rows:
                row["y"] = -8 - 18 * row["lane"] if is_release else height + 10 + 18 * row["lane"]
                row["from"], row["to"] = (row["y"] + 4, height) if is_release else (
                    height - 12, row["y"] - 6)
            marks = alt.Chart(alt.Data(values=rows))
            layers += [
                marks.mark_rule(
                    color=COLOURS["soft"], strokeDash=[1, 0] if is_release else [3, 3]
                ).encode(x=x, y=alt.Y("from:Q", scale=None), y2="to:Q"),
                marks.mark_text(
                    align="left", dx=3, fontSize=11,
                    color=COLOURS["ink"] if is_release else COLOURS["grey"],
                ).encode(x=x, y=alt.Y("y:Q", scale=None), text="label:N"),
            ]
        solid = data.transform_filter("isValid(datum.value)")
        layers += [
            solid.mark_line(color=COLOURS["this"], strokeWidth=2.5, clip=False).encode(x=x, y=y),
            solid.mark_point(filled=True, size=44, opacity=1).encode(
                x=x, y=y, color=alt.condition(
                    "datum.judgement == 'worse'", alt.value(COLOURS["alert"]),
                    alt.value(COLOURS["this"]))),
        ]
        if last:
            text = [{**last[0], "text": write(last[0]["value"])}]
            near = target is not None and abs(last[0]["value"] - target) < highest * 0.07
            layers.append(
                alt.Chart(alt.Data(values=text)).mark_text(
                    align="left", dx=10, dy=(14 if last[0]["value"] < (target or 0) else -14)
                    if near else 0, fontSize=14, fontWeight="bold",
                    color=COLOURS["this"]).encode(x=x, y=y, text="text:N")
            )
        return alt.layer(*layers).properties(width=plot, height=height,
                                             padding={"top": top, "left": 0, "right": 0,
                                                      "bottom": 0})

    return both_widths(draw, "cost", says)


def polyline(
    values: Sequence[float | None], low: float, high: float, width: float, height: float
) -> list[list[tuple[float, float]]]:
    """Points of a small line, in pieces where a value is missing."""
    span = (high - low) or 1.0
    step = width / max(len(values) - 1, 1)
    pieces: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            pieces.append([])
        else:
            y = height - (value - low) / span * height
            pieces[-1].append((round(place * step, 1), round(y, 1)))
    return [piece for piece in pieces if piece]


def spark(
    values: Sequence[float | None], target: float | None = None, low: float | None = None,
    width: int = 240, height: int = 40, high: float | None = None,
) -> Markup:
    """A line as small as a word, with the target as a line."""
    known = [value for value in values if value is not None]
    if not known:
        return Markup("")
    bounds = known + ([target] if target is not None else [])
    floor = min(bounds) if low is None else low
    ceiling = max(bounds) if high is None else high
    pad = 5
    parts = []

    def y(value: float) -> float:
        return round(height - (value - floor) / ((ceiling - floor) or 1.0) * height + pad, 1)

    if target is not None:
        parts.append(
            f'<line class="target" x1="{pad}" x2="{width + pad}" y1="{y(target)}" y2="{y(target)}"/>'
        )
    pieces = polyline(values, floor, ceiling, width, height)
    for piece in pieces:
        points = " ".join(f"{x + pad:g},{line + pad:g}" for x, line in piece)
        parts.append(f'<polyline points="{points}"/>')
    x, end = pieces[-1][-1]
    parts.append(f'<circle cx="{x + pad:g}" cy="{end + pad:g}" r="3.5"/>')
    return Markup(  # noqa: S704  # numbers alone
        f'<svg class="spark" viewBox="0 0 {width + 2 * pad} {height + 2 * pad}"'
        f' aria-hidden="true" focusable="false">{"".join(parts)}</svg>'
    )


def as_float(value: Any) -> float | None:
    return None if words.is_unknown(value) else float(value)
