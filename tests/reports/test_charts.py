from __future__ import annotations

from pcard.reports.charts import WIDTH, Drawing, draw
from pcard.reports.report import Band, Chart, Graph, Grouped, Ladder, Rungs
from pcard.schema import Kind


def texts(drawing: Drawing) -> list[str]:
    return [shape.text for shape in drawing.shapes if shape.tag == "text"]


def widths(drawing: Drawing) -> list[int]:
    return [int(shape.attributes["width"]) for shape in drawing.shapes if shape.tag == "rect"]


def test_bars_are_to_scale_and_none_is_left_out() -> None:
    drawing = draw(Chart("Sites", Kind.MONEY, tuple((f"site {n}", 100_00 - n) for n in range(20))))
    assert drawing.summary.endswith("6 others: 599.01")
    few = draw(Chart("Sites", Kind.MONEY, (("a", 200), ("b", 100), ("c", -100), ("d", 0))))
    assert widths(few) == [310, 155, 155, 0]
    assert [shape.attributes["fill"] for shape in few.shapes if shape.tag == "rect"][2] == "#a3262a"


def test_groups_say_what_is_not_known() -> None:
    drawing = draw(
        Grouped("Three", Kind.MONEY, ("2026Q2",), (("earned", (10_00,)), ("reported", (None,)), ("received", (5_00,))))
    )
    assert "reported: not known" in texts(drawing)
    assert widths(drawing)[-2:] == [310, 155]
    assert drawing.summary == "2026Q2, earned: 10.00; 2026Q2, reported: not known; 2026Q2, received: 5.00"


def test_a_ladder_has_a_tick_a_step_and_says_what_is_missing() -> None:
    drawing = draw(Ladder("Steps", Kind.MONEY, (Rungs("standard", 200_00, ((0, "90 bps"), (500_00, "140 bps"))),)))
    assert "200.00 so far, 300.00 to the next step" in texts(drawing)
    assert {"90 bps", "140 bps"} <= set(texts(drawing))
    assert sum(shape.tag == "line" for shape in drawing.shapes) == 2
    last = draw(Ladder("Steps", Kind.MONEY, (Rungs("standard", 200_00, ((0, "90 bps"),)),)))
    assert "200.00 so far" in texts(last)


def test_a_band_lies_between_its_low_and_its_high_line() -> None:
    lines = (("known", (1, 2, None)), ("low", (None, 2, 3)), ("middle", (None, 2, 4)), ("high", (None, 2, 6)))
    drawing = draw(Band("Year", Kind.COUNT, ("Jan", "Feb", "Mar"), lines, ((5, "120 bps from here"),)))
    (area,) = [shape for shape in drawing.shapes if shape.tag == "polygon"]
    assert len(str(area.attributes["points"]).split()) == 4
    assert sum(shape.tag == "polyline" for shape in drawing.shapes) == 2
    assert "120 bps from here" in texts(drawing)
    assert drawing.summary == "known: 2; low: 3; middle: 4; high: 6"


def test_nothing_leaves_the_drawing() -> None:
    graphs: tuple[Graph, ...] = (
        Chart("a", Kind.COUNT, ()),
        Chart("a", Kind.MONEY, (("x" * 99, 9_000_000_000_000_00),)),
        Ladder("a", Kind.MONEY, (Rungs("x", -5, ((0, "0 bps"), (10, "1 bps"))),)),
        Grouped("a", Kind.MONEY, ("x",), (("y", (-3,)),)),
        Band("a", Kind.MONEY, ("x",), (("known", (-4,)), ("low", (None,)), ("middle", (None,)), ("high", (None,)))),
    )
    for graph in graphs:
        for shape in draw(graph).shapes:
            assert 0 <= int(shape.attributes.get("x", 0)) <= WIDTH
            assert int(shape.attributes.get("width", 0)) >= 0
