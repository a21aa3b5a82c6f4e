"""Charts as SVG, drawn when the page is built.

Altair gets one colour for each meaning; in the SVG they become the page's own, so that one drawing
serves light, dark and print. A chart is drawn twice, for wide and for narrow screens: scaled down,
its text could not be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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


def inline(rows: Sequence[dict[str, Any]]) -> Any:
    """Rows as the data of a chart."""
    data: Any = alt.Data
    return data(values=list(rows))


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
    # Vega numbers its ids through the life of the process, so two drawings could share one.
    for number, old in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]*)"', drawn))):
        used = rf'(id="|url\(#|href="#){re.escape(old)}(?=["\)])'
        drawn = re.sub(used, rf"\g<1>{name}-{number}", drawn)
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
        labels = 168 if width == WIDE else 128
        scale = alt.Scale(domain=[min(0.0, least), most], nice=False)
        base = alt.Chart(inline(rows)).encode(
            y=alt.Y(
                "label:N",
                sort=order,
                title=None,
                scale=alt.Scale(paddingInner=0.35),
                axis=alt.Axis(
                    labelLimit=labels,
                    labelFontSize=13 if width == WIDE else 12,
                    labelAlign="left",
                    labelPadding=labels - 8,
                    labelColor=COLOURS["ink"],
                ),
            ),
        )
        bars = base.mark_bar(cornerRadius=1).encode(
            x=alt.X("start:Q", title=None, axis=None, scale=scale),
            x2="end:Q",
            color=alt.Color(
                "kind:N",
                legend=None,
                scale=alt.Scale(
                    domain=["total", "up", "down"],
                    range=[COLOURS["soft"], COLOURS["alert"], COLOURS["this"]],
                ),
            ),
        )
        texts = base.mark_text(align="left", dx=8, fontSize=13, color=COLOURS["ink"]).encode(
            x=alt.X("top:Q", axis=None, scale=scale), text="text:N"
        )
        links = (
            alt.Chart(inline(joints))
            .mark_rule(color=COLOURS["soft"])
            .encode(
                x=alt.X("at:Q", axis=None, scale=scale),
                y=alt.Y("label:N", sort=order, title=None),
                y2="to:N",
            )
        )
        return (links + bars + texts).properties(width=width - labels - room, height=26 * len(rows))

    return both_widths(draw, "bridge", says)


@dataclass(frozen=True)
class Mark:
    """Something that happened on a day."""

    at: str
    label: str


def lanes(
    marks: Sequence[Mark], first: float, last: float, days_of: Callable[[str], float]
) -> list[dict[str, Any]]:
    """Each label on the first line where it touches no other, and inside the plot."""
    taken: list[list[tuple[float, float]]] = []
    rows = []
    for mark in sorted(marks, key=lambda one: (one.at, one.label)):
        day, long = day_of(mark.at), days_of(mark.label)
        is_left = day + long > last and day - long >= first
        begin, end = (day - long, day) if is_left else (day, day + long)
        lane = next(
            (
                number
                for number, spans in enumerate(taken)
                if all(end <= left or begin >= right for left, right in spans)
            ),
            len(taken),
        )
        if lane == len(taken):
            taken.append([])
        taken[lane].append((begin, end))
        rows.append({"at": mark.at, "label": mark.label, "lane": lane, "is_left": is_left})
    return rows


def day_of(at: str) -> float:
    return datetime.fromisoformat(at).timestamp() / 86400


def cost_line(
    weeks: Sequence[dict[str, Any]],
    releases: Sequence[Mark],
    prices: Sequence[Mark],
    target: float | None,
    write: Callable[[float], str],
    sign: str,
    says: str,
) -> Chart:
    """Weeks with their band of chance; releases above the line, price changes below it.

    A week is a band from its Monday, which has the tick; its point stands in the middle. What
    happened in it stands at its moment.
    """
    most = max([row["value"] or 0.0 for row in weeks] + [target or 0.0])
    # Where chance is nearly boundless, its band leaves the drawing, not the line.
    highest = max(most, min(max((row["high"] or 0.0 for row in weeks), default=0.0), 2.2 * most))
    last = [row for row in weeks if row["value"] is not None][-1:]
    half = timedelta(days=3.5)
    first_day = iso(datetime.fromisoformat(weeks[0]["at"]) - half)
    last_day = iso(datetime.fromisoformat(weeks[-1]["at"]) + half)

    def draw(width: int) -> Any:
        room, side = (76, 48) if width == WIDE else (56, 44)
        plot, height = width - room - side, 220 if width == WIDE else 180
        days = day_of(last_day) - day_of(first_day)

        def days_of(label: str) -> float:
            return (len(label) * 5.9 + 12) * days / plot

        above, below = (
            lanes(marks, day_of(first_day), day_of(last_day), days_of)
            for marks in (releases, prices)
        )
        bottom = 18 * (max((row["lane"] for row in below), default=-1) + 1)
        x = alt.X(
            "at:T",
            title=None,
            scale=alt.Scale(type="utc", domain=[first_day, last_day]),
            axis=alt.Axis(
                values=[
                    iso(datetime.fromisoformat(row["at"]) - half)
                    for row in weeks[:: 1 if width == WIDE else 3]
                ],
                labelExpr="utcFormat(toNumber(datum.value), '%-d %b')",
                ticks=True,
                tickSize=6,
                tickColor=COLOURS["grey"],
                labelPadding=4,
                labelFlush=False,
                grid=False,
                offset=bottom,
            ),
        )
        scale = alt.Scale(domain=[0, highest * 1.02], nice=True)
        y = alt.Y(
            "value:Q",
            title=None,
            scale=scale,
            axis=alt.Axis(tickCount=4, format="~g", labelExpr=f"{json.dumps(sign)} + datum.label"),
        )
        data = alt.Chart(inline(weeks))
        layers: list[Any] = [
            data.mark_area(color=COLOURS["band"], clip=True)
            .encode(x=x, y=alt.Y("low:Q", scale=scale, title=None), y2="high:Q")
            .transform_filter("isValid(datum.low)"),
        ]
        for rows, is_release in ((above, True), (below, False)):
            for row in rows:
                lane = 18 * row["lane"]
                row["y"] = -8 - lane if is_release else height + 10 + lane
                row["from"] = row["y"] + 4 if is_release else height - 12
                row["to"] = height if is_release else row["y"] - 6
            for is_left in (False, True):
                side_rows = [row for row in rows if row["is_left"] == is_left]
                if not side_rows:
                    continue
                marks = alt.Chart(inline(side_rows))
                layers += [
                    marks.mark_rule(
                        color=COLOURS["soft"], strokeDash=[1, 0] if is_release else [3, 3]
                    ).encode(x=x, y=alt.Y("from:Q", scale=None), y2="to:Q"),
                    marks.mark_text(
                        align="right" if is_left else "left",
                        dx=-4 if is_left else 4,
                        fontSize=11,
                        color=COLOURS["ink"] if is_release else COLOURS["grey"],
                    ).encode(x=x, y=alt.Y("y:Q", scale=None), text="label:N"),
                ]
        near = bool(last and target and abs(last[0]["value"] - target) < highest * 0.08)
        if target:
            line = alt.Chart(inline([{"value": target, "at": last_day, "text": "target"}]))
            is_above = near and last[0]["value"] <= target
            layers += [
                line.mark_rule(color=COLOURS["grey"], strokeDash=[2, 3]).encode(y=y),
                line.mark_text(
                    align="left",
                    dx=8,
                    dy=0 if not near else -7 if is_above else 9,
                    color=COLOURS["grey"],
                ).encode(x=x, y=y, text="text:N"),
            ]
        solid = data.transform_filter("isValid(datum.value)")
        layers += [
            solid.mark_line(color=COLOURS["this"], strokeWidth=2.5).encode(x=x, y=y),
            solid.mark_point(filled=True, size=44, opacity=1).encode(
                x=x,
                y=y,
                color=alt.condition(
                    "datum.judgement == 'worse'",
                    alt.value(COLOURS["alert"]),
                    alt.value(COLOURS["this"]),
                ),
            ),
        ]
        if last:
            is_above = near and target is not None and last[0]["value"] > target
            # Beside the drawing, or beside the point where the last weeks have none.
            at = last_day if last[0] is weeks[-1] else last[0]["at"]
            text = {"value": last[0]["value"], "at": at, "text": write(last[0]["value"])}
            layers.append(
                alt.Chart(inline([text]))
                .mark_text(
                    align="left",
                    dx=8,
                    dy=0 if not near else -9 if is_above else 9,
                    fontSize=14,
                    fontWeight="bold",
                    color=COLOURS["this"],
                )
                .encode(x=x, y=y, text="text:N")
            )
        return alt.layer(*layers).properties(width=plot, height=height)

    return both_widths(draw, "cost", says)


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


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
    values: Sequence[float | None],
    target: float | None = None,
    low: float | None = None,
    width: int = 240,
    height: int = 40,
    high: float | None = None,
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
        at = y(target)
        parts.append(f'<line class="target" x1="{pad}" x2="{width + pad}" y1="{at}" y2="{at}"/>')
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
