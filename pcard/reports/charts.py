"""Bar charts as geometry for the SVG template: no library, no script, black and white safe."""

from __future__ import annotations

from dataclasses import dataclass

from pcard.reports.report import Chart, shown

WIDTH = 640
LABEL_WIDTH = 220
VALUE_WIDTH = 110
ROW_HEIGHT = 22
MOST_BARS = 14


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its place in pixels, its label and its value as text."""

    y: int
    x: int
    width: int
    label: str
    value: str
    negative: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart ready to be drawn, with a sentence that says the same in words."""

    title: str
    height: int
    bars: tuple[Bar, ...]
    summary: str


def draw(chart: Chart) -> Drawing:
    """Lay a chart out; bars beyond the first are summed up as `n others`, so nothing is left out."""
    shown_bars = chart.bars[:MOST_BARS]
    rest = chart.bars[MOST_BARS:]
    if rest:
        shown_bars = (*shown_bars, (f"{len(rest)} others", sum(value for _, value in rest)))
    largest = max((abs(value) for _, value in shown_bars), default=0) or 1
    room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
    bars = tuple(
        Bar(
            y=index * ROW_HEIGHT,
            x=LABEL_WIDTH,
            width=max(abs(value) * room // largest, 1 if value else 0),
            label=_shortened(label),
            value=shown(value, chart.kind),
            negative=value < 0,
        )
        for index, (label, value) in enumerate(shown_bars)
    )
    summary = "; ".join(f"{label}: {shown(value, chart.kind)}" for label, value in shown_bars)
    return Drawing(chart.title, len(bars) * ROW_HEIGHT, bars, summary)


def _shortened(label: str) -> str:
    return label if len(label) <= 32 else label[:31] + "…"
