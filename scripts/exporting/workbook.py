"""The tables as one Excel workbook: a sheet that says what it is, one a table, one of all columns.

The same bytes for the same rows: no time of the clock in its properties or in its archive. Excel
counts in binary floats of 15 digits, so amounts are exact in CSV and Parquet, and shown here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from publishing.warehouse import Column, ReaderError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from exporting.cells import Type, neutral

SHEET_ROWS, CELL_CHARACTERS = 1_048_576, 32_767
# Excel knows no day before its first, and XML no such characters.
FIRST_DAY, NO_XML = date(1900, 3, 1), re.compile("[\ufffe\uffff\ud800-\udfff]")
# A document has to have been made at some time; this one stands for none.
MADE_AT = datetime(2000, 1, 1)  # noqa: DTZ001 - xlsxwriter writes it as UTC
CUT = " (cut)"


@dataclass(frozen=True)
class Sheet:
    name: str
    question: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Type | None]]


def number_format(column: Column) -> str:
    """How a number of this column is shown; the house's names say what it is."""
    name = column.name
    if name.endswith("_usd"):
        return "$#,##0.0000;[Red]-$#,##0.0000"
    if re.search(r"(_share|_rate|_ratio|_lift|growth)$", name) or name in ("lift", "hhi", "gini"):
        return "0.0%" if name not in ("hhi", "gini") else "0.000"
    if column.type in ("DOUBLE", "FLOAT") or column.type.startswith("DECIMAL"):
        return "#,##0.00##"
    return "#,##0"


def cell_text(text: str) -> str:
    """Text that fits a cell and can be written; what is cut says so."""
    text = neutral(NO_XML.sub("\ufffd", text))
    if len(text) > CELL_CHARACTERS:
        text = text[: CELL_CHARACTERS - len(CUT)] + CUT
    return text


class Formats:
    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._numbers: dict[str, Format] = {}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.note = book.add_format({"text_wrap": True, "valign": "top"})
        self.label = book.add_format({"bold": True, "valign": "top"})
        self.header = book.add_format(
            {"bold": True, "bottom": 1, "bg_color": "#EEF1F4", "text_wrap": True, "valign": "top"}
        )
        self.date = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        # Text stays text when somebody edits the cell.
        self.text = book.add_format({"num_format": "@"})
        self.link = book.add_format({"font_color": "#1F5FA8", "underline": 1, "valign": "top"})

    def number(self, column: Column) -> Format:
        pattern = number_format(column)
        if pattern not in self._numbers:
            self._numbers[pattern] = self._book.add_format({"num_format": pattern})
        return self._numbers[pattern]


def write_cell(
    sheet: Worksheet, row: int, at: int, value: Type | None, column: Column, formats: Formats
) -> None:
    """Every kind of value by its own call: xlsxwriter's own guess would make formulas and links."""
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, at, value)
    elif isinstance(value, datetime) and value.date() >= FIRST_DAY:
        sheet.write_datetime(row, at, value, formats.moment)
    elif isinstance(value, date) and not isinstance(value, datetime) and value >= FIRST_DAY:
        sheet.write_datetime(row, at, datetime(value.year, value.month, value.day), formats.date)  # noqa: DTZ001
    elif isinstance(value, int | float | Decimal) and math.isfinite(value):
        sheet.write_number(row, at, float(value), formats.number(column))
    else:
        sheet.write_string(row, at, cell_text(str(value)), formats.text)


def write_table(book: xlsxwriter.Workbook, content: Sheet, formats: Formats) -> None:
    if len(content.rows) >= SHEET_ROWS:
        raise ReaderError(
            f"{content.name} has {len(content.rows)} rows, and a sheet of Excel holds"
            f" {SHEET_ROWS - 1}. Narrow its rows in scripts/exporting/tables.py."
        )
    sheet = book.add_worksheet(content.name)
    sheet.freeze_panes(1, min(2, len(content.columns)))
    for at, column in enumerate(content.columns):
        sheet.write_string(0, at, column.name, formats.header)
        widest = max((len(shown(row[at])) for row in content.rows[:200]), default=0)
        sheet.set_column(at, at, min(40, max(11, widest + 2, len(column.name) * 0.75)))
    for number, row in enumerate(content.rows, 1):
        for at, (value, column) in enumerate(zip(row, content.columns, strict=True)):
            write_cell(sheet, number, at, value, column, formats)
    sheet.autofilter(0, 0, max(1, len(content.rows)), len(content.columns) - 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&L{content.name}&R&P / &N")


def shown(value: Type | None) -> str:
    """About what a cell shows, for its width."""
    if isinstance(value, float | Decimal):
        return f"{value:,.4f}"
    return "" if value is None else str(value)


def write_first_sheet(
    book: xlsxwriter.Workbook,
    title: str,
    facts: Sequence[tuple[str, str]],
    sheets: Sequence[Sheet],
    formats: Formats,
) -> None:
    sheet = book.add_worksheet("about")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, cell_text(title), formats.title)
    row = 2
    for name, value in facts:
        sheet.write_string(row, 0, name, formats.label)
        sheet.write_string(row, 1, cell_text(value), formats.note)
        row += 1
    row += 1
    sheet.write_string(row, 0, "Sheet", formats.header)
    sheet.write_string(row, 1, "What it answers", formats.header)
    for content in sheets:
        row += 1
        sheet.write_url(row, 0, f"internal:'{content.name}'!A1", formats.link, content.name)
        rows = "1 row" if len(content.rows) == 1 else f"{len(content.rows)} rows"
        sheet.write_string(row, 1, f"{content.question} ({rows})", formats.note)
    sheet.fit_to_pages(1, 0)


def write_columns(book: xlsxwriter.Workbook, sheets: Sequence[Sheet], formats: Formats) -> None:
    sheet = book.add_worksheet("columns")
    sheet.set_column(0, 1, 32)
    sheet.set_column(2, 2, 120)
    sheet.freeze_panes(1, 0)
    for at, name in enumerate(("sheet", "column", "what it means")):
        sheet.write_string(0, at, name, formats.header)
    row = 0
    for content in sheets:
        for column in content.columns:
            row += 1
            sheet.write_string(row, 0, content.name)
            sheet.write_string(row, 1, column.name)
            sheet.write_string(row, 2, cell_text(column.description), formats.note)
    sheet.autofilter(0, 0, max(1, row), 2)


def write_workbook(
    path: Path, title: str, facts: Sequence[tuple[str, str]], sheets: Sequence[Sheet]
) -> None:
    # In memory, parts of the archive carry Excel's first date instead of the clock's.
    book = xlsxwriter.Workbook(
        str(path), {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": title, "author": "", "created": MADE_AT})
    formats = Formats(book)
    write_first_sheet(book, title, facts, sheets, formats)
    for content in sheets:
        write_table(book, content, formats)
    write_columns(book, sheets, formats)
    book.close()
