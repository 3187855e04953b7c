"""Card numbers are cut in every form they are printed in, and nothing else is."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import unicodedata
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.card_numbers import is_card_number, mask, redact, redact_bytes
from pcard.errors import Refused

VISA, AMEX = "4111111111111111", "378282246310005"
FORMS = (
    "{n}", "{g}", "x{n}y", "PAN={n}", "AUTH*{n}*USD", "'{n}'", "{n}.0", "on 2026-05-31 {g} 12", "{h}", "{d}", "{z}", "{f}", "{a}",
)  # fmt: skip
LOOK_ALIKES = (
    "20240131000000123456",
    "1234567890123456",
    "0000000000000000",
    "9400110200881234567890",
    "411111******1111",
    "PO 4500012345",
    "113-6291498-6933692",  # an online shop's order number that passes the check digit
    "60-1000-619-010,010,60",  # an account code that does
    "20260630190000[-5:EST]",
    "0.4539148803436467",  # the decimals of a fraction
)


def _groups(number: str) -> list[str]:
    if len(number) == 15:
        return [number[:4], number[4:10], number[10:]]
    return [number[index : index + 4] for index in range(0, len(number), 4)]


def _printed(form: str, number: str) -> str:
    groups = _groups(number)
    return form.format(
        n=number,
        g=" ".join(groups),
        h="-".join(groups),
        d=".".join(groups),
        z="\u200b".join(groups),
        f="".join(chr(0xFF10 + int(digit)) for digit in number),
        a="".join(chr(0x660 + int(digit)) for digit in number),
    )


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(char)) for char in text if char.isdigit())


@pytest.mark.parametrize("number", [VISA, AMEX])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_cut_to_its_last_four(form: str, number: str) -> None:
    text = _printed(form, number)
    cut, count = redact(text)
    assert count == 1
    assert len(cut) == len(text)
    assert number[:-4] not in _digits(cut)
    assert number[-4:] in _digits(cut)


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_look_alikes_stay(text: str) -> None:
    assert redact(text) == (text, 0)


@given(st.text(alphabet="0123456789- .,abc\n", max_size=80))
def test_nothing_that_is_left_is_a_contiguous_card_number(text: str) -> None:
    cut, _ = redact(text)
    runs = "".join(char if char.isdigit() else " " for char in cut).split()
    assert not any(is_card_number(run) for run in runs if 12 <= len(run) <= 19)
    assert len(cut) == len(text)


def test_mask_keeps_separators() -> None:
    assert mask("4111 1111 1111 1111") == "**** **** **** 1111"


def test_a_parquet_file_and_an_archive_are_cut_inside() -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"note": [VISA, "coffee", None]}).write_parquet(buffer)
    content, count = redact_bytes(buffer.getvalue(), "notes.parquet")
    assert count == 1
    assert pl.read_parquet(io.BytesIO(content))["note"].to_list() == ["************1111", "coffee", None]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", f"<c><v>{VISA}</v></c><c t='inlineStr'><is><t>{AMEX}</t></is></c>")
    content, count = redact_bytes(packed.getvalue(), "book.xlsx")
    assert count == 2
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert sheet == "<c><v>1111</v></c><c t='inlineStr'><is><t>***********0005</t></is></c>"


@pytest.mark.parametrize(
    "text", ["cvv 123", "CVV2: 1234", f"%B{VISA}^DOE/JO^2912201", f";{VISA}=29122010", "PIN block 0412"]
)
def test_sensitive_authentication_data_refuses_the_file_without_echoing_it(text: str) -> None:
    with pytest.raises(Refused) as refused:
        redact_bytes(f"a line\n{text}\n".encode(), "export.csv")
    (fault,) = refused.value.faults
    assert fault.code == "sensitive-authentication-data"
    assert fault.place.line == 2
    assert text not in str(fault)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("head", ["a\n", "<a>\n"])
def test_a_file_read_in_stretches_is_cut_as_a_whole_one(monkeypatch: pytest.MonkeyPatch, codec: str, head: str) -> None:
    text = head + "".join(f"<b>café {VISA}</b>\n<b>line {number}</b>\n" for number in range(50))
    whole, count = redact_bytes(text.encode(codec), "a.txt")
    monkeypatch.setattr("pcard.card_numbers._STRETCH", 64)
    assert redact_bytes(text.encode(codec), "a.txt") == (whole, count) == (redact(text)[0].encode(codec), 50)
    with pytest.raises(Refused) as refused:
        redact_bytes((text + "CVV2: 1234\n").encode(codec), "a.txt")
    assert refused.value.faults[0].place.line == 102


@pytest.mark.parametrize(
    ("header", "record"),
    [
        (f"01{'LINDEN':57}2026100100000001", "05{n}24013394182000055892626"),
        (f"01{'LINDEN':57}2026100100000001", "95{n}000001+00000059.95"),
        (f"{'0':27}GL1025", "2{n}   MOORE"),
        (f"{'0':27}GL1025", f"1{'037':151}000002" + "{n}"),
    ],
)
def test_a_number_run_into_its_neighbours_by_a_fixed_width_file_is_cut(header: str, record: str) -> None:
    number = "4111111111111112"  # no valid card number: its place says that it is one
    cut, count = redact_bytes(f"{header}\n{record.format(n=number)}\n".encode(), "a.txt")
    assert cut.decode() == f"{header}\n{record.format(n=mask(number))}\n"
    assert count == 1


def test_public_test_numbers(shared: Path, tmp_path: Path) -> None:
    """Every public test number in every form of the hostile-input generator."""
    script = shared / "tools" / "make_hostile_inputs.py"
    subprocess.run([sys.executable, "-W", "ignore", str(script), str(tmp_path)], check=True, capture_output=True)
    cases = json.loads((tmp_path / "test-pans" / "pans.json").read_text(encoding="utf-8"))
    for case in cases["pans"]:
        for form in (*FORMS, "{n}\n"):
            cut, count = redact(_printed(form, case["pan"]))
            assert count == 1, (case["brand"], form)
            assert case["pan"][:-4] not in _digits(cut)
    for text in cases["must_not_flag"]:
        assert redact(text)[1] == 0


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("SSN 219-09-4471.", "SSN ***-**-****."), ("219-09-4471,219-09-4472", "***-**-****,***-**-****"),
        ("000-12-3456 666-12-3456 912-12-3456", "000-12-3456 666-12-3456 912-12-3456"),
        ("219-00-4471 219-09-0000", "219-00-4471 219-09-0000"), ("1-219-09-4471 219-09-4471-2", "1-219-09-4471 219-09-4471-2"),
        ("512-555-0142", "512-555-0142"),
    ],
)  # fmt: skip
def test_social_security_numbers_are_cut_wholly(written: str, kept: str) -> None:
    assert redact(written)[0] == kept
    assert redact_bytes(written.encode("utf-16"), "a.txt")[0].decode("utf-16") == kept
