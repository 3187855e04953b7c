"""A report as the workbook a clerk would want: one sheet a table, filters, frozen header, money and dates as such."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import xlsxwriter

from pcard.escape import for_terminal
from pcard.reports.report import Heading, Listing, Report, Value
from pcard.reports.tables import CREATED
from pcard.reports.workbook_charts import write_charts
from pcard.schema import Kind

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

_FORMATS = {
    Kind.MONEY: {"num_format": "#,##0.00;[Red]-#,##0.00"},
    Kind.DATE: {"num_format": "yyyy-mm-dd", "align": "left"},
    Kind.COUNT: {"num_format": "#,##0"},
    Kind.NUMBER: {"num_format": "0.0%"},
    Kind.RATE: {"num_format": "0.####"},
}
_WIDTHS = {Kind.MONEY: 14, Kind.DATE: 11, Kind.COUNT: 9, Kind.NUMBER: 10, Kind.RATE: 12, Kind.FLAG: 8}


def render_workbook(report: Report) -> bytes:
    """Return the report as XLSX; text stays text, nothing in it is ever run as a formula or a link."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as workbook:
        workbook.set_properties({"title": f"{report.title} {report.cycle}", "created": CREATED})
        formats = {kind: workbook.add_format(look) for kind, look in _FORMATS.items()}
        _write_overview(workbook, report, formats)
        for section in report.sections:
            for listing in section.listings:
                _write_listing(workbook, listing, formats)
    return out.getvalue()


def _write_overview(workbook: Any, report: Report, formats: dict[Kind, Any]) -> None:
    sheet = workbook.add_worksheet("Overview")
    big, bold = (
        workbook.add_format({"bold": True, "font_size": 16}),
        workbook.add_format({"bold": True, "font_size": 12}),
    )
    wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 18)
    sheet.set_column(2, 2, 80)
    sheet.write_string(0, 0, f"{report.title}, cycle {report.cycle}", big)
    sheet.write_string(1, 0, f"{report.district}, as of {report.as_of}")
    row = 3
    for section in report.sections:
        sheet.write_string(row, 0, section.title, bold)
        sheet.write_string(row, 2, section.lead, wrap)
        row += 1
        for figure in section.figures:
            sheet.write_string(row, 0, figure.label)
            _write(sheet, row, 1, figure.value, figure.kind, formats)
            row += 1
        row += 1
    sheet.write_string(row, 0, "Computed from", bold)
    for offset, figure in enumerate(report.provenance, start=1):
        sheet.write_string(row + offset, 0, figure.label)
        sheet.write_string(row + offset, 2, str(figure))
    write_charts(workbook, [chart for section in report.sections for chart in section.charts], formats)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write_listing(workbook: Any, listing: Listing, formats: dict[Kind, Any]) -> None:
    sheet = workbook.add_worksheet(listing.title[:31])
    sheet.freeze_panes(1, 1)
    rows = listing.rows()
    for index, heading in enumerate(listing.headings):
        sheet.set_column(index, index, 48 if heading.wide else _WIDTHS.get(heading.kind, 18))
    if not rows:
        sheet.write_string(0, 0, listing.empty)
        return
    for number, row in enumerate(rows, start=1):
        for index, (value, heading) in enumerate(zip(row, listing.headings, strict=True)):
            _write(sheet, number, index, value, heading.kind, formats)
    totals = listing.totals()
    columns = [_table_column(h, formats, totals) for h in listing.headings]
    if totals and not listing.headings[0].total:
        columns[0]["total_string"] = "Total"
    last = len(rows) + (1 if totals else 0)
    look = {"columns": columns, "total_row": bool(totals), "style": "Table Style Light 9", "name": f"t_{listing.id}"}
    sheet.add_table(0, 0, last, len(columns) - 1, look)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _table_column(heading: Heading, formats: dict[Kind, Any], totals: dict[str, int]) -> dict[str, Any]:
    column: dict[str, Any] = {"header": heading.title}
    if heading.kind in formats:
        column["format"] = formats[heading.kind]
    if heading.column in totals:
        total = totals[heading.column]
        # The value is written beside the formula, for viewers that do not compute.
        column |= {"total_function": "sum", "total_value": total / 100 if heading.kind is Kind.MONEY else total}
    return column


def _write(sheet: Worksheet, row: int, column: int, value: Value, kind: Kind, formats: dict[Kind, Any]) -> None:
    """Write one cell by its kind; text always as text, so leading zeros and `=` stay what they are."""
    if value is None:
        return
    if kind is Kind.MONEY and isinstance(value, int):
        sheet.write_number(row, column, value / 100, formats[kind])
    elif kind is Kind.DATE:
        sheet.write_datetime(row, column, value, formats[kind])
    elif kind in (Kind.COUNT, Kind.NUMBER, Kind.RATE):
        sheet.write_number(row, column, float(value), formats[kind])  # type: ignore[arg-type]
    elif kind is Kind.FLAG:
        sheet.write_string(row, column, "yes" if value else "no")
    else:
        sheet.write_string(row, column, for_terminal(str(value))[:32767])
