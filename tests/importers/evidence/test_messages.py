"""Messages: attachments as documents of their own, receipts in the text, and messages that are refused."""

from __future__ import annotations

from base64 import b64encode
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as rules
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.make_evidence import texts
from fixtures.make_evidence.__main__ import HERE, JPEG
from fixtures.make_evidence.pdfs import pdf_of
from pcard.documents import document_of
from pcard.errors import errors_of
from pcard.frames import Extract
from pcard.importers.evidence.messages import Message
from pcard.ledger.normalise import normalise

FILES = sorted((HERE / "email").rglob("*.eml"))
ORDER = (HERE / "email" / "order.eml").read_bytes()


def mail(text: str = "See attached.", subject: str = "receipt", html: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "Juniper Supply <orders@juniper.example>", subject
    message["Date"] = "Thu, 14 May 2026 22:10:00 -0700"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def read(message: EmailMessage | bytes) -> Extract:
    content = message if isinstance(message, bytes) else message.as_bytes()
    return Message().extract(document_of("mail.eml", content))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_files(path: Path, read_with: Any, shown: Any, golden: Any) -> None:
    extract = read_with(Message(), path)
    faults = {fault.code for fault in errors_of(extract.faults)}
    assert faults == ({path.stem} if path.parent.name == "faults" else set())
    golden(path.with_name(path.name + ".txt"), shown(extract))


def test_the_ledger_takes_what_was_attached() -> None:
    path = HERE / "email" / "forwarded.eml"
    document = document_of(path.name, path.read_bytes())
    result = normalise(Message().extract(document), document)
    assert not errors_of(result.faults)
    assert (result.accepted, result.skipped) == (3, 2)
    files = dict(zip(result.records["receipts"]["file"], result.records["receipts"]["total_cents"], strict=True))
    assert files == {
        "forwarded.eml/invoice.pdf": 155500, "forwarded.eml/IMG_0044.jpg": None, "forwarded.eml/JO-7781.xml": 8820
    }  # fmt: skip


def test_the_sender_and_the_day_stand_in_and_the_day_is_the_senders() -> None:
    (row,) = read(ORDER).lines["receipts"].to_dicts()
    assert (row["vendor"], row["date"], row["total"]) == ("Juniper Office Supply", "2026-05-14", "45.13")
    assert row["description"].startswith("by mail from Juniper Office Supply on 2026-05-14: Your order 112-9983417")


def test_a_forwarded_order_is_of_its_first_sender() -> None:
    text = f"---------- Forwarded message ---------\nFrom: Chalk & Co <shop@chalk.example>\n\n{texts.ORDER}"
    assert read(mail(text, "Fwd: your order")).lines["receipts"]["vendor"][0] == "Chalk & Co"
    (row,) = read(mail(texts.ORDER, "Fwd: your order")).lines["receipts"].to_dicts()
    assert row.get("vendor") != "Juniper Supply"


def test_html_alone_is_read_as_it_shows() -> None:
    rows = "".join(
        f"<tr><td>{name}</td><td>{cell}</td></tr>" for name, cell in (("Tax", "$3.15"), ("Order total", "$45.13"))
    )
    message = EmailMessage()
    message["From"], message["Date"], message["Subject"] = "Shop <a@b.example>", "Thu, 14 May 2026 22:10:00 -0700", "x"
    message.set_content(
        f"<html><head><style>Total $9.99</style></head><body><table>{rows}</table></body></html>", subtype="html"
    )
    assert read(message).lines["receipts"]["total"].to_list() == ["45.13"]


def test_a_message_without_a_receipt_is_refused() -> None:
    assert {fault.code for fault in read(mail("Chalk is here.")).faults} == {"receipt-unread"}


def test_numbers_in_packed_parts_and_headers_are_not_kept() -> None:
    packed = mail("x", "=?utf-8?b?" + b64encode(f"paid with {texts.CARD_NUMBER}".encode()).decode() + "?=")
    packed.set_content(f"Order total $5.00\nCard {texts.CARD_NUMBER}", cte="base64")
    packed.add_attachment(
        pdf_of([texts.SLIP.replace("************4471", texts.CARD_NUMBER)]),
        maintype="application",
        subtype="pdf",
        filename="slip.pdf",
    )
    extract = read(packed)
    assert extract.kept is not None
    kept = message_from_bytes(extract.kept, policy=rules)
    shown = [str(part.get_content()) for part in kept.walk() if not part.is_multipart()]
    assert kept["subject"] == "paid with **** **** **** 1111"
    assert all("4111" not in one and "1111" in one for one in shown)
    assert [part.get_filename() for part in kept.iter_attachments()] == ["slip.pdf.txt"]


def test_headers_tell_a_message() -> None:
    assert Message().identify(document_of("x.txt", ORDER))
    assert not Message().identify(document_of("x.csv", b"Date,Subject,From\n1,2,3\n"))


def test_many_parts_are_refused() -> None:
    message = mail()
    for number in range(1001):
        message.add_attachment(JPEG, maintype="image", subtype="jpeg", filename=f"{number}.jpg")
    assert {fault.code for fault in read(message).faults} == {"message-too-many-parts"}


def test_deep_nesting_is_refused() -> None:
    head = "From: a@b.example\nDate: Thu, 14 May 2026 22:10:00 -0700\nSubject: x\nMIME-Version: 1.0\n"
    parts = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(3000))
    extract = read((head + parts + "\n\nhello").encode())
    assert {fault.code for fault in extract.faults} == {"message-unreadable"}


@settings(max_examples=60)
@given(st.integers(0, len(ORDER)), st.binary(max_size=6))
def test_damaged_messages_are_read_or_refused(at: int, noise: bytes) -> None:
    extract = read(ORDER[:at] + noise + ORDER[at + len(noise) :])
    assert extract.lines or errors_of(extract.faults)
