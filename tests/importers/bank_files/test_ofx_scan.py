"""The one pass: blocks with their lines and sections, and all the rest."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pcard.documents import Document
from pcard.importers.bank_files.ofx_scan import cut, fields, readable_text

DOCUMENT = Document("a.ofx", b"", "")


def test_each_block_has_its_line_and_section() -> None:
    text = (
        "<OFX>\n<STMTRS>\n<STMTTRN>\na\n</STMTTRN><STMTTRN>b</STMTTRN>\n</STMTRS>\n"
        "<CCSTMTRS><STMTTRN>c</STMTTRN></CCSTMTRS>\n<STMTTRN>d</STMTTRN></OFX>"
    )
    scan = cut(text, DOCUMENT)
    assert scan.blocks.rows() == [(3, 0, "\na\n"), (5, 0, "b"), (7, 1, "c"), (8, None, "d")]
    assert [(one.kind, one.line) for one in scan.sections] == [("bank", 2), ("card", 7)]
    assert "STMTTRN" not in scan.skeleton


@given(st.lists(st.text("ab\n<> é", max_size=8), max_size=5))
def test_blocks_and_skeleton_are_the_whole(bodies: list[str]) -> None:
    text = "<OFX>" + "\n".join(f"<STMTTRN>{body}</STMTTRN>" for body in bodies) + "</OFX>"
    scan = cut(text, DOCUMENT)
    assert scan.blocks["body"].to_list() == bodies
    lines = [text.count("\n", 0, place) + 1 for place in range(len(text)) if text.startswith("<STMTTRN>", place)]
    assert scan.blocks["line"].to_list() == lines
    assert scan.skeleton.replace("\n", "") == "<OFX></OFX>"


def test_fields_end_at_the_next_tag_and_may_be_absent() -> None:
    blocks = pl.DataFrame({"body": ["<A> x y\n<B>é<C></C>", "<B>\n<A/>", "", "<A>last"]})
    assert fields(blocks, ("A", "B", "C", "D")).to_dict(as_series=False) == {
        "A": ["x y", None, None, "last"],
        "B": ["é", None, None, None],
        "C": [None, None, None, None],
        "D": [None, None, None, None],
    }


def test_small_tags_and_old_line_ends_are_read() -> None:
    text = readable_text(Document("a.ofx", b"<ofx>\r<stmttrn><name>b <x</name></stmttrn>\r</ofx>", ""))
    assert text == "<OFX>\n<STMTTRN><NAME>b <X</NAME></STMTTRN>\n</OFX>"


def test_comments_keep_their_lines_and_an_open_one_hides_nothing() -> None:
    def read(inner: str) -> str:
        return readable_text(Document("a.ofx", f"<OFX>{inner}</OFX>".encode(), ""))

    assert read("<!-- a\nb -->c<![CDATA[<&>]]>") == "<OFX>\nc&lt;&amp;&gt;</OFX>"
    assert read("<!-- a <!x>") == "<OFX><!-- a <!x></OFX>"
