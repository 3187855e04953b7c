"""OFX read whole: our own files with golden outputs, the days, and the way back."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.documents import Document, document_of, open_document
from pcard.errors import Refused, errors_of
from pcard.frames import Extract
from pcard.importers.bank_files.ofx import Ofx
from pcard.ledger.normalise import normalise
from pcard.money import format_cents

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "formats" / "ofx"
WHOLE = sorted(path for path in FIXTURES.glob("*.?fx"))
FAULTY = sorted((FIXTURES / "faults").glob("*.ofx"))
ZONES = ("UTC", "Pacific/Honolulu", "America/New_York", "Europe/Berlin", "Pacific/Auckland")


def extracted(path: Path) -> Extract:
    try:
        document = open_document(path)
    except Refused as refused:
        return Extract("ofx", "1", {}, faults=refused.faults)
    return Ofx().extract(document)


def shown(extract: Extract) -> str:
    """Write an extract for a golden file: one cell a line, what is empty left out."""
    parts = []
    for table, frame in extract.lines.items():
        for row in frame.iter_rows(named=True):
            parts.append(f"{table}, line {row.pop('line')}")
            parts.extend(f"  {name}: {value}" for name, value in row.items() if value is not None)
    parts.extend(f"skipped, line {one.line}: {one.reason}; {one.text}; {one.amount}" for one in extract.skipped)
    parts.extend(f"control: {one.name}: stated {one.stated}, found {one.found}" for one in extract.controls)
    parts.extend(f"cut: ...{number[-4:]}, {len(number)} characters" for number in sorted(extract.cut))
    parts.extend(str(fault) for fault in extract.faults)
    return "\n".join((*parts, ""))


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.name)
def test_whole_files(path: Path, golden: Callable[[Path, str], None]) -> None:
    extract = extracted(path)
    assert not errors_of(extract.faults)
    assert all(control.agrees for control in extract.controls)
    golden(path.with_name(path.name + ".txt"), shown(extract))


@pytest.mark.parametrize("path", FAULTY, ids=lambda path: path.stem)
def test_each_fault_has_its_file(path: Path, golden: Callable[[Path, str], None]) -> None:
    extract = Ofx().extract(document_of(path.name, path.read_bytes()))
    assert path.stem in {fault.code for fault in extract.faults}
    if errors_of(extract.faults):
        assert not extract.lines
    golden(path.with_suffix(".txt"), shown(extract))


def test_every_fault_of_the_code_has_a_file() -> None:
    importers = FIXTURES.parents[2] / "pcard" / "importers" / "bank_files"
    written = "".join(path.read_text(encoding="utf-8") for path in importers.glob("ofx*.py"))
    codes = {piece.split('"')[1] for piece in written.split("Fault(")[1:] if '"' in piece.split(",")[0]}
    assert codes - {"ofx-too-many-tags"} == {path.stem for path in FAULTY}


def test_a_flood_of_tags_is_refused_before_ofxparse_sees_it() -> None:
    (fault,) = Ofx().extract(Document("a.ofx", f"<OFX>{'<A>1' * 100_001}</OFX>".encode(), "")).faults
    assert fault.code == "ofx-too-many-tags"


# -- other people's files ----------------------------------------------------------------------------


def outcome(path: Path) -> tuple[int, Decimal, int] | None:
    """Return lines, sum in the bank's own sign, and warnings; None where the file is refused."""
    try:
        document = open_document(path)
    except Refused:
        return None
    result = normalise(Ofx().extract(document), document)
    if errors_of(result.faults):
        assert all(fault.message and fault.cure for fault in result.faults)
        return None
    cents = 0
    for table, sign in (("transactions", -1), ("bank_lines", 1)):
        if table in result.records:
            cents += sign * int(result.records[table]["amount_cents"].sum())
    return result.accepted, Decimal(cents) / 100, len(result.faults)


def test_the_hostile_cases(shared: Path) -> None:
    folder = shared / "hostile" / "issues"
    cases = [case for case in json.loads((folder / "CASES.json").read_text()) if case["file"].endswith(".ofx")]
    assert len(cases) > 40
    for case in cases:
        found = outcome(folder / case["file"])
        right = found and found[0] == case["count"] and found[1] == Decimal(case["sum"] or 0)
        if case["file"] == "amt-currency-sign.ofx":  # its note: `or -10.00`
            assert found is None or found[1] == -10, case
        elif case["expect"] == "parse":
            assert right, (case, found)
        elif case["expect"] == "parse-or-refuse":
            assert found is None or right, (case, found)
        else:
            assert found is None, (case, found)


def test_the_bank_deviations(shared: Path) -> None:
    """Eighteen banks' habits: each file has one line, and all must be read."""
    paths = sorted((shared / "hostile" / "ofx-bankfile" / "banks").rglob("*.?fx"))
    assert len(paths) == 18
    sums = {"amount-comma-decimal.ofx": "-2000.00", "amount-plus-sign-and-space.ofx": "1006.60"}
    for path in paths:
        found = outcome(path)
        assert found, path.name
        assert found[:2] == (1, Decimal(sums.get(path.name, "-10.00"))), path.name
        (line,) = extracted(path).lines["bank_lines"].iter_rows(named=True)
        assert line["date"] == "20260115", path.name


def test_no_card_number_survives(shared: Path) -> None:
    for name in ("pan-full-in-acctid.ofx", "pan-full-in-memo.ofx"):
        text = shown(extracted(shared / "hostile" / "issues" / name))
        assert "411111111111" not in text.replace(" ", "").replace("-", "")


# -- days -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
def test_days_are_the_bank_s_in_every_time_zone(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        extract = extracted(FIXTURES / "card.qfx")
    finally:
        monkeypatch.undo()
        time.tzset()
    lines = extract.lines["transactions"]
    assert lines.filter(pl.col("id") == "2026093000003")["date"].item() == "20260930"
    assert extract.lines["statements"]["closed"].item() == "2026-09-30"
    assert os.environ.get("TZ") != zone or zone == "UTC"


@pytest.mark.parametrize("zone", ["[-5:EST]", "[-12:X]", "[+14:LINT]", "[-5]", "[EST]", "", ".123[0:GMT]"])
@pytest.mark.parametrize("hour", ["000000", "190000", "235959"])
def test_the_last_day_of_the_fiscal_year_stays_in_it(zone: str, hour: str) -> None:
    text = sgml([Charge("a", date(2026, 6, 30), -1, "X", None)]).replace("20260630", f"20260630{hour}{zone}")
    lines = Ofx().extract(Document("a.ofx", text.encode(), "")).lines["transactions"]
    assert lines.select("date", "posted").row(0) == ("20260630", "20260630")


# -- written and read back ------------------------------------------------------------------------


class Charge(NamedTuple):
    id: str
    day: date
    cents: int
    name: str
    memo: str | None


TEXT = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=32).map(
    lambda text: " ".join(text.split())
)
CHARGES = st.lists(
    st.builds(
        Charge,
        st.from_regex(r"[A-Za-z0-9.:-]{1,20}", fullmatch=True),
        st.dates(date(1995, 1, 1), date(2099, 12, 31)),
        st.integers(-9_999_999, 9_999_999),
        TEXT.filter(bool),
        st.none() | TEXT.filter(bool),
    ),
    max_size=6,
)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def sgml(charges: list[Charge]) -> str:
    rows = "".join(
        f"<STMTTRN>\n<TRNTYPE>OTHER\n<DTPOSTED>{charge.day:%Y%m%d}\n<TRNAMT>{format_cents(charge.cents)}\n"
        f"<FITID>{charge.id}\n<NAME>{escaped(charge.name)}\n"
        + (f"<MEMO>{escaped(charge.memo)}\n" if charge.memo else "<MEMO>\n")
        + "</STMTTRN>\n"
        for charge in charges
    )
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:UTF-8\n\n<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS>"
        "<CCSTMTRS><CURDEF>USD\n<CCACCTFROM><ACCTID>XXXX2718\n</CCACCTFROM>\n<BANKTRANLIST>\n"
        f"{rows}</BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>\n"
    )


def xml(charges: list[Charge]) -> str:
    rows = "".join(
        f"<STMTTRN><TRNTYPE>OTHER</TRNTYPE><DTPOSTED>{charge.day:%Y%m%d}120000</DTPOSTED>"
        f"<TRNAMT>{format_cents(charge.cents)}</TRNAMT><FITID>{charge.id}</FITID><NAME>{escaped(charge.name)}</NAME>"
        + (f"<MEMO>{escaped(charge.memo)}</MEMO>" if charge.memo else "<MEMO/>")
        + "</STMTTRN>"
        for charge in charges
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="211"?><OFX><CREDITCARDMSGSRSV1>'
        "<CCSTMTTRNRS><CCSTMTRS><CURDEF>USD</CURDEF><CCACCTFROM><ACCTID>XXXX2718</ACCTID></CCACCTFROM><BANKTRANLIST>"
        f"{rows}</BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>"
    )


@given(CHARGES, st.sampled_from([sgml, xml]))
def test_what_is_written_is_read(charges: list[Charge], write: Callable[[list[Charge]], str]) -> None:
    extract = Ofx().extract(Document("a.ofx", write(charges).encode(), ""))
    assert not errors_of(extract.faults)
    names = ["id", "date", "amount", "merchant", "description"]
    found = extract.lines["transactions"].select(names).rows() if charges else []
    assert found == [
        (charge.id, f"{charge.day:%Y%m%d}", format_cents(charge.cents), charge.name, charge.memo) for charge in charges
    ]
    if charges:
        assert extract.lines["transactions"].select("account", "card", "currency").unique().row(0) == (
            "2718", "2718", "USD",
        )  # fmt: skip


@given(CHARGES.filter(bool), st.data())
def test_a_file_cut_anywhere_is_refused(charges: list[Charge], data: st.DataObject) -> None:
    text = sgml(charges)
    stop = data.draw(st.integers(0, text.rindex("</OFX>") + 5))
    extract = Ofx().extract(Document("a.ofx", text[:stop].encode(), ""))
    assert errors_of(extract.faults)
    assert not extract.lines


@given(st.binary(max_size=200) | st.text("<>/OFXSTMRN&!-[]CDA \n0", max_size=200).map(str.encode))
def test_no_bytes_raise(noise: bytes) -> None:
    for content in (b"<OFX>" + noise + b"</OFX>", noise):
        extract = Ofx().extract(Document("a.ofx", content, ""))
        assert all(fault.place.source == "a.ofx" and fault.cure for fault in extract.faults)


def test_identified_by_header_or_name() -> None:
    def known(name: str, content: bytes) -> bool:
        return Ofx().identify(Document(name, content, ""))

    assert known("statement.QFX", b"")
    assert known("download.txt", b"\n\nOFXHEADER:100\nDATA:OFXSGML")
    assert known("download", b'<?xml version="1.0"?>\n<?OFX OFXHEADER="200"?><ofx>')
    assert known("download", "<OFX>".encode("utf-16"))
    assert not known("card.csv", b"date,amount\n2026-09-01,5.00\n")
