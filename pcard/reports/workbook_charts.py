"""A report's charts drawn natively in its workbook, each beside the figures it is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pcard.escape import for_terminal
from pcard.reports.report import Band, Chart, Graph, Grouped, Ladder, Rungs
from pcard.schema import Kind

_SHEET = "Charts"
_FIRST_CHART_COLUMN = 7
_ROW_PIXELS = 20
_Series = Sequence[tuple[str, Sequence[int | None]]]


def write_charts(workbook: Any, charts: Sequence[Graph], formats: dict[Kind, Any]) -> None:
    """Add the sheet `Charts`; nothing where there is none to draw."""
    drawn = [(chart, *_figures(chart)) for chart in charts]
    drawn = [(chart, labels, series) for chart, labels, series in drawn if labels]
    if not drawn:
        return
    sheet = workbook.add_worksheet(_SHEET)
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 5, 16)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    bold = workbook.add_format({"bold": True})
    row = 0
    for chart, labels, series in drawn:
        sheet.write_string(row, 0, chart.title, bold)
        for column, (name, values) in enumerate(series, 1):
            sheet.write_string(row, column, name, bold)
            for offset, value in enumerate(values, 1):
                if value is not None:
                    number = value / 100 if chart.kind is Kind.MONEY else value
                    sheet.write_number(row + offset, column, number, formats[chart.kind])
        for offset, label in enumerate(labels, 1):
            sheet.write_string(row + offset, 0, for_terminal(label))
        height = max(200, 24 * len(labels) * (len(series) if isinstance(chart, Grouped) else 1) + 90)
        sheet.insert_chart(row, _FIRST_CHART_COLUMN, _native(workbook, chart, row, len(labels), series, height))
        row += max(len(labels) + 3, height // _ROW_PIXELS + 2)


def _figures(chart: Graph) -> tuple[Sequence[str], _Series]:
    """Return what a chart is drawn from: its labels, and a line of values a series."""
    match chart:
        case Chart():
            return [label for label, _ in chart.bars], [(chart.title, [value for _, value in chart.bars])]
        case Ladder():
            ways = [_way(rung) for rung in chart.rows]
            names = ("So far", "To the next step", "From there to the last")
            return [rung.label for rung in chart.rows], [
                (name, [way[index] for way in ways]) for index, name in enumerate(names)
            ]
        case Grouped() | Band():
            return chart.labels, chart.series


def _way(rung: Rungs) -> tuple[int, int, int]:
    """Return how far a value is, how far the next step is from there, and the last from that."""
    starts = [start for start, _ in rung.steps]
    following = min((start for start in starts if start > rung.value), default=rung.value)
    return rung.value, following - rung.value, max([*starts, following]) - following


def _native(workbook: Any, chart: Graph, row: int, count: int, series: _Series, height: int) -> Any:
    kind = {"type": "line"} if isinstance(chart, Band) else {"type": "bar"}
    if isinstance(chart, Ladder):
        kind["subtype"] = "stacked"
    drawing = workbook.add_chart(kind)
    for column in range(1, len(series) + 1):
        drawing.add_series({
            "name": [_SHEET, row, column],
            "categories": [_SHEET, row + 1, 0, row + count, 0],
            "values": [_SHEET, row + 1, column, row + count, column],
        })  # fmt: skip
    drawing.set_title({"name": chart.title, "name_font": {"size": 11}})
    drawing.set_legend({"none": True} if len(series) == 1 else {"position": "bottom"})
    scale: dict[str, Any] = {"num_format": "#,##0"}
    if all(value >= 0 for _, values in series for value in values if value is not None):
        scale["min"] = 0  # a bar that does not begin at nothing lies
    if isinstance(chart, Band):
        drawing.set_y_axis(scale)
    else:
        drawing.set_x_axis(scale)
        drawing.set_y_axis({"reverse": True})
    drawing.set_size({"width": 640, "height": height})
    return drawing
