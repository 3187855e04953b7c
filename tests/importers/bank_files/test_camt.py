"""camt.052, .053 and .054: our own files with golden outputs, every fault, made attacks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcard.documents import document_of
from pcard.errors import Refused, errors_of
from pcard.importers.bank_files.camt import Camt
from pcard.ledger.normalise import Normalised, normalise
from pcard.money import format_cents

FOLDER = Path(__file__).resolve().parents[3] / "fixtures" / "formats" / "camt"
FILES = sorted(FOLDER.rglob("*.xml"))
STATEMENT = (FOLDER / "statement.xml").read_text(encoding="utf-8")
TURNED = (FOLDER / "reversal-turned.xml").read_text(encoding="utf-8")


def read(text: str | bytes) -> Normalised:
    document = document_of("statement.xml", text.encode() if isinstance(text, str) else text)
    return normalise(Camt().extract(document), document)


def codes(result: Normalised) -> set[str]:
    return {fault.code for fault in result.faults}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files(path: Path, as_golden: Any) -> None:
    as_golden(Camt(), path)


def test_no_full_account_number_is_left(read_with: Any, shown: Any) -> None:
    extract = read_with(Camt(), FOLDER / "statement.xml")
    assert extract.cut == {"004417720093", "770012345678"}
    assert not any(number in shown(extract) for number in extract.cut)
    assert "********0093" in shown(extract)


def test_every_version_and_prefix_is_read_alike() -> None:
    expected = read(STATEMENT)
    prefixed = STATEMENT.replace("<", "<a:").replace("<a:/", "</a:").replace("<a:?", "<?").replace("<a:![", "<![")
    prefixed = prefixed.replace("Levy <a:2026>", "Levy <2026>").replace("xmlns=", "xmlns:a=")
    for written in (STATEMENT.replace("001.08", "001.13"), STATEMENT.replace("001.08", "001.02"), prefixed):
        result = read(written)
        assert not result.faults
        assert result.amount_cents == expected.amount_cents
    utf16 = STATEMENT.replace("UTF-8", "UTF-16").encode("utf-16")
    assert read(utf16).amount_cents == expected.amount_cents


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("<NbOfNtries>4<", "<NbOfNtries>5<"),
        ("<Sum>5051.35<", "<Sum>5051.36<"),
        ("<Sum>173.4<", "<Sum>1.734E2<"),
        ("<Amt>4704.55<", "<Amt>4704.54<"),
        ('<Amt Ccy="USD">5360.50<', '<Amt Ccy="USD">5360.51<'),
    ],
)
def test_every_total_that_is_off_refuses(right: str, wrong: str) -> None:
    assert codes(read(STATEMENT.replace(right, wrong, 1))) == {"control-mismatch"}


def test_balances_and_totals_settle_what_a_reversal_is() -> None:
    assert read(TURNED).amount_cents == {"USD": 2000}
    straight = TURNED.replace(">1020.00<", ">980.00<")
    assert read(straight).amount_cents == {"USD": -2000}
    assert not read(straight).faults
    neither = TURNED.replace(">1020.00<", ">1000.00<")
    assert codes(read(neither)) == {"control-mismatch", "camt-reversal-unproved"}


def test_what_is_not_booked_is_skipped_with_its_reason() -> None:
    for state in ("PDNG", "FUTR", "INFO"):
        result = read(STATEMENT.replace("<Sts>PDNG</Sts>", f"<Sts><Cd>{state}</Cd></Sts>"))
        assert (result.accepted, result.skipped, result.refused) == (3, 1, 0)
        assert result.refusals["amount_cents"].to_list() == [-6505]


def test_every_fault_is_said_at_once() -> None:
    wrong = STATEMENT.replace(">4812.90<", ">4812,90<").replace(">123.45<", ">1E+1<").replace(">49.95<", ">-49.95<")
    faults = read(wrong).faults
    assert [(fault.code, fault.place.line) for fault in faults] == [
        ("camt-amount", line)
        for line, text in enumerate(wrong.split("\n"), start=1)
        if "<Ntry>" in text and "65.05" not in wrong.split("\n")[line]
    ]


@settings(max_examples=25)
@given(st.integers(0, len(STATEMENT) - 12))
def test_a_file_cut_short_is_refused(at: int) -> None:
    document = document_of("statement.xml", STATEMENT[:at].encode())
    assert errors_of(Camt().extract(document).faults)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 10**10), st.booleans()), max_size=8))
def test_lines_add_up_to_the_closing_balance(amounts: list[tuple[int, bool]]) -> None:
    net = sum(cents if paid_in else -cents for cents, paid_in in amounts)
    entries = "".join(
        f'<Ntry><Amt Ccy="USD">{format_cents(cents)}</Amt><CdtDbtInd>{"CRDT" if paid_in else "DBIT"}</CdtDbtInd>'
        "<Sts>BOOK</Sts><BookgDt><Dt>2026-09-15</Dt></BookgDt></Ntry>"
        for cents, paid_in in amounts
    )
    start, end = TURNED.index("<Ntry>"), TURNED.index("</Ntry>") + len("</Ntry>")
    closing = f"{format_cents(abs(100000 + net))}</Amt>\n      <CdtDbtInd>{'DBIT' if 100000 + net < 0 else 'CRDT'}"
    text = (TURNED[:start] + entries + TURNED[end:]).replace("1020.00</Amt>\n      <CdtDbtInd>CRDT", closing)
    result = read(text)
    assert not result.faults
    assert result.accepted == len(amounts)
    assert sum(result.amount_cents.values()) == net


def test_lines_beyond_what_sixteen_bits_count_have_their_place() -> None:
    late = STATEMENT.replace("    <Ntry>", "\n" * 70_000 + "    <Ntry>", 1).replace(">4812.90<", "><")
    (fault,) = read(late).faults
    line = 70_000 + STATEMENT[: STATEMENT.index("<Ntry>")].count("\n") + 1
    assert fault.place.line in (line, line + 1)


NOT_CAMT = {"deep", "many-attributes", "long-name"}
PARSED = {"ok", "no-namespace", "cdata", "utf16", "xinclude", "pi-stylesheet"}


def test_the_made_attacks(shared: Path, tmp_path: Path, ingested: Any) -> None:
    tool = shared / "tools" / "make_hostile_inputs.py"
    subprocess.run([sys.executable, "-W", "ignore", str(tool), str(tmp_path)], check=True, capture_output=True)
    files = sorted((tmp_path / "xml-generated").glob("*.xml"))
    assert len(files) == 30
    for path in files:
        if path.stem in NOT_CAMT:
            with pytest.raises(Refused):
                ingested(path)
            continue
        result = ingested(path)
        if path.stem in PARSED:
            assert result.amount_cents == {"USD": -1000}, path
            assert not result.faults, path
        elif path.stem == "pending":
            assert (result.accepted, result.skipped) == (0, 1)
        elif path.stem == "reversal":
            assert result.amount_cents == {"USD": 1000}
        else:
            assert errors_of(result.faults), path
    (byte,) = ingested(tmp_path / "xml-generated" / "encoding-lie.xml").faults
    assert "0xC9" in byte.message
    literal = ingested(tmp_path / "xml-generated" / "cdata.xml").records["bank_lines"]["description"].to_list()
    assert literal == ["<b>&amp;</b>"]
