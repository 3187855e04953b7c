"""Charts as shapes for the SVG template: no library, no script, readable in black and white."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pcard.reports.report import Band, Chart, Graph, Grouped, Ladder, Rungs, shown
from pcard.schema import Kind

WIDTH = 640
LABEL_WIDTH = 220
VALUE_WIDTH = 110
ROOM = WIDTH - LABEL_WIDTH - VALUE_WIDTH
ROW_HEIGHT = 22
MOST_BARS = 14
_BLUE, _RED, _PALE = "#1f5f99", "#a3262a", "#d9e6f2"
_FILLS = (_BLUE, "#7fb2dd", "#3c4650")
_BAND_HEIGHT = 220


@dataclass(frozen=True, slots=True)
class Shape:
    """One SVG element: its tag, its attributes in pixels, its text."""

    tag: str
    attributes: Mapping[str, str | int]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart ready to be drawn, with a sentence that says the same in words."""

    title: str
    height: int
    shapes: tuple[Shape, ...]
    summary: str
    width: int = field(default=WIDTH)


def draw(chart: Graph) -> Drawing:
    """Lay a chart out."""
    match chart:
        case Chart():
            return _bars(chart)
        case Grouped():
            return _grouped(chart)
        case Ladder():
            return _ladder(chart)
        case Band():
            return _band(chart)


def _bars(chart: Chart) -> Drawing:
    """Lay bars out; those beyond the first are summed up as `n others`, so nothing is left out."""
    bars = chart.bars[:MOST_BARS]
    if rest := chart.bars[MOST_BARS:]:
        bars = (*bars, (f"{len(rest)} others", sum(value for _, value in rest)))
    most = _most(value for _, value in bars)
    shapes = [
        shape
        for index, (label, value) in enumerate(bars)
        for shape in (
            _label(label, index * ROW_HEIGHT + 15),
            *_bar(index * ROW_HEIGHT + 4, value, most, chart.kind, _BLUE),
        )
    ]
    summary = "; ".join(f"{label}: {shown(value, chart.kind)}" for label, value in bars)
    return Drawing(chart.title, len(bars) * ROW_HEIGHT, tuple(shapes), summary)


def _grouped(chart: Grouped) -> Drawing:
    """Lay groups of bars out under each other, the names of the series above them."""
    most = _most(value for _, values in chart.series for value in values if value is not None)
    shapes = list(_legend([name for name, _ in chart.series]))
    y, said = ROW_HEIGHT + 4, []
    for index, label in enumerate(chart.labels):
        shapes.append(_label(label, y + 11))
        for fill, (name, values) in zip(_FILLS, chart.series, strict=False):
            value = values[index]
            if value is None:
                shapes.append(_text(LABEL_WIDTH + 6, y + 11, f"{name}: not known"))
            else:
                shapes += _bar(y, value, most, chart.kind, fill)
            said.append(f"{label}, {name}: {'not known' if value is None else shown(value, chart.kind)}")
            y += 17
        y += 8
    return Drawing(chart.title, y, tuple(shapes), "; ".join(said))


def _legend(names: Sequence[str]) -> Iterator[Shape]:
    for index, (fill, name) in enumerate(zip(_FILLS, names, strict=False)):
        x = LABEL_WIDTH + index * 140
        yield _rect(x, 4, 12, 12, fill)
        yield _text(x + 18, 15, name)


def _ladder(chart: Ladder) -> Drawing:
    """Lay each value out on its own scale, with a tick and words where each step begins."""
    shapes: list[Shape] = []
    said = []
    for index, row in enumerate(chart.rows):
        y = index * 64
        top = max(row.value, *(start for start, _ in row.steps), 1) * 21 // 20
        room = WIDTH - LABEL_WIDTH - 20
        shapes += [
            _label(row.label, y + 30),
            _rect(LABEL_WIDTH, y + 18, room, 16, _PALE),
            _rect(LABEL_WIDTH, y + 18, _scaled(row.value, top, room), 16, _BLUE),
            *(
                shape
                for start, words in row.steps
                for shape in _tick(LABEL_WIDTH + _scaled(start, top, room), y, words)
            ),
            _text(LABEL_WIDTH, y + 50, f"{shown(row.value, chart.kind)} so far{_to_go(row, chart.kind)}"),
        ]
        steps = ", ".join(f"{words} from {shown(start, chart.kind)}" for start, words in row.steps)
        said.append(f"{row.label}: {shown(row.value, chart.kind)} so far; {steps}")
    return Drawing(chart.title, len(chart.rows) * 64, tuple(shapes), ". ".join(said))


def _to_go(row: Rungs, kind: Kind) -> str:
    following = min((start for start, _ in row.steps if start > row.value), default=None)
    return "" if following is None else f", {shown(following - row.value, kind)} to the next step"


def _tick(x: int, y: int, words: str) -> tuple[Shape, Shape]:
    near_the_edge = x > WIDTH - 60
    return _line(x, y + 13, x, y + 38), _text(x - 2 if near_the_edge else x + 2, y + 12, words, end=near_the_edge)


def _band(chart: Band) -> Drawing:
    """Lay a line and its range out over the labels, from zero up."""
    values = [value for _, line in chart.series for value in line if value is not None]
    top = max([*values, *(level for level, _ in chart.marks), 1]) * 21 // 20
    left, room = 110, WIDTH - 110 - 20
    step = room // max(len(chart.labels) - 1, 1)

    def points(line: Sequence[int | None]) -> list[str]:
        return [
            f"{left + index * step},{_BAND_HEIGHT - _scaled(value, top, _BAND_HEIGHT - 10)}"
            for index, value in enumerate(line)
            if value is not None
        ]

    known, low, middle, high = (line for _, line in chart.series)
    shapes = [
        Shape("polygon", {"points": " ".join([*points(high), *reversed(points(low))]), "fill": _PALE}),
        _path(points(middle), _BLUE, "6 4"),
        _path(points(known), _BLUE),
        _line(left, _BAND_HEIGHT, left + room, _BAND_HEIGHT),
    ]
    for level, words in chart.marks:
        y = _BAND_HEIGHT - _scaled(level, top, _BAND_HEIGHT - 10)
        shapes += [_line(left, y, left + room, y, "2 3"), _text(left - 6, y + 4, words, end=True)]
    shapes += [
        _text(left + index * step, _BAND_HEIGHT + 16, label, middle=True)
        for index, label in enumerate(chart.labels)
        if len(chart.labels) <= 7 or index % 2 == 0
    ]
    ends = [(name, next((value for value in reversed(line) if value is not None), None)) for name, line in chart.series]
    summary = "; ".join(f"{name}: {shown(value, chart.kind)}" for name, value in ends)
    shapes.append(_text(left, _BAND_HEIGHT + 36, summary))
    return Drawing(chart.title, _BAND_HEIGHT + 44, tuple(shapes), summary)


def _bar(y: int, value: int, most: int, kind: Kind, fill: str) -> tuple[Shape, Shape]:
    width = max(abs(value) * ROOM // most, 1 if value else 0)
    bar = _rect(LABEL_WIDTH, y, width, 14, _RED if value < 0 else fill)
    return bar, _text(LABEL_WIDTH + width + 6, y + 11, shown(value, kind))


def _most(values: Iterator[int]) -> int:
    return max((abs(value) for value in values), default=0) or 1


def _scaled(value: int, top: int, room: int) -> int:
    return max(min(value, top), 0) * room // top


def _label(text: str, y: int) -> Shape:
    return _text(LABEL_WIDTH - 8, y, text if len(text) <= 32 else text[:31] + "…", end=True)


def _rect(x: int, y: int, width: int, height: int, fill: str) -> Shape:
    return Shape("rect", {"x": x, "y": y, "width": width, "height": height, "fill": fill})


def _text(x: int, y: int, text: str, *, end: bool = False, middle: bool = False) -> Shape:
    anchor = {"text-anchor": "end" if end else "middle"} if end or middle else {}
    return Shape("text", {"x": x, "y": y, **anchor}, text)


def _line(x1: int, y1: int, x2: int, y2: int, dash: str = "none") -> Shape:
    return Shape("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "stroke": "#1b2530", "stroke-dasharray": dash})


def _path(points: Sequence[str], stroke: str, dash: str = "none") -> Shape:
    look: Mapping[str, str | int] = {"fill": "none", "stroke": stroke, "stroke-width": 2, "stroke-dasharray": dash}
    return Shape("polyline", {"points": " ".join(points), **look})
