# ruff: noqa: E501
"""CSV files as the world writes them: numbers are never classes, and what was found out is said."""

import numpy as np
import pytest

import optiviz as ov
from optiviz._lib.errors import BadInput
from optiviz.objectives.csv_cells import decimal_comma, looks_like_a_number
from optiviz.objectives.data import Data
from optiviz.objectives.table import read_csv
from optiviz.objectives.training import training


def read(folder, content, x="a", y="b", **settings):
    path = folder / "d.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_csv(path, x, y, **settings)


def refused(folder, content, **settings):
    with pytest.raises(BadInput) as fault:
        read(folder, content, **settings)
    return str(fault.value)


# --- the shape of the file --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "settings", "note"),
    [
        ("a;b\n1;2\n3;4\n", {}, "the columns are separated by semicolons"),
        ('"a";"b"\n1;2\n3;4\n', {}, "the columns are separated by semicolons"),  # as the UCI wines
        ("a\tb\n1\t2\n3\t4\n", {}, "the columns are separated by tabs"),
        ("a|b\n1|2\n3|4\n", {}, "the columns are separated by bars"),
        ("a b\n1 2\n3 4\n", {}, "the columns are separated by blanks"),
        ("  a    b\n  1    2 \n 3\t4\n", {}, "the columns are separated by blanks"),
        ("a;b\n1;2\n3;4\n", {"delimiter": ";"}, None),
        ("a\tb\n1\t2\n3\t4\n", {"delimiter": "tab"}, None),
        ("a~b\n1~2\n3~4\n", {"delimiter": "~"}, None),
        ("sep=;\na;b\n1;2\n3;4\n", {}, None),
        ("# of 1999\n# by hand, \"roughly\na,b\n1,2\n# no\n3,4\n", {}, "lines that begin with # are taken for comments"),
        ("a,b\n% no\n1,2\n3,4\n", {"comment": "%"}, None),
        ("#,a,b\n1,1,2\n2,3,4\n", {}, None),  # a column named #
        ("a,b\nkm,€\n1,2\n3,4\n", {}, "the row below the header is taken for units"),
        ("a,b\n1,2\n3,4\n,\n", {}, None),
        ("a,b\n1,2\n , \n3,4\n \n", {}, None),
        ("a,b,\n1,2,\n3,4,\n", {}, None),
        ("a,b\n1,2,\n3,4,,\n", {}, None),
        ("a,b,note,note\n1,2,x,y\n3,4,x,\n", {}, None),
        ('a, "b"\n1, "2"\n3,4\n', {}, None),
        (",".join(["a", "b", *(f"c{k}" for k in range(198))]) + "\n1,2" + ",x" * 198 + "\n3,4" + ",y" * 198, {}, None),
        ("a,b\n1,2\n3,4\n".encode("utf-16"), {}, None),
        (b"\xfe\xff" + "a,b\n1,2\n3,4\n".encode("utf-16-be"), {}, None),
        (b"\xff\xfe\0\0" + "a,b\n1,2\n3,4\n".encode("utf-32-le"), {}, None),
        (b"\xff\xfe" + "a,b\n1,2\n3,4\n".encode("utf-16-le"), {"encoding": "utf-16"}, None),
        ("a,b\n1,2\n3,4\n".encode("utf-16-le"), {"encoding": "UTF-16-LE"}, None),
        ("a,b,été\n1,2,é\n3,4,è\n".encode("cp1252"), {"encoding": "cp1252"}, None),
    ],
)  # fmt: skip
def test_files_of_all_kinds(tmp_path, content, settings, note):
    data = read(tmp_path, content, **settings)
    assert data.x.tolist() == [[1], [3]] and data.y.tolist() == [2, 4] and not data.classes
    assert data.notes == ((f"d.csv: {note}",) if note else ())


def test_without_a_header(tmp_path):
    data = read(tmp_path, "6.1101,17.592\n5.5277,9.1302\n", "1", "2", header=False)
    assert data.x[:, 0].tolist() == [6.1101, 5.5277] and data.x_names == ("1",) and data.y_name == "2"
    german = read(tmp_path, "6,11;17,5\n5,52;9,1\n", "1", "2", header=False)
    assert german.x[:, 0].tolist() == [6.11, 5.52] and german.y.tolist() == [17.5, 9.1]
    assert refused(tmp_path, "6.1101,17.592\n5.5277,9.1302\n") == (
        'd.csv:1: unknown column \'a\'; is there no header? say header = false, the columns are then "1", "2", ...'
    )
    assert refused(tmp_path, "1,2\n", header=False) == (
        'd.csv:1: unknown column \'a\'; without a header they are "1" to "2"'
    )


@pytest.mark.parametrize(
    ("content", "settings", "sentence"),
    [
        ("a;b|c\n1;2|3\n", {}, "the columns may be separated by semicolons or bars; say which: delimiter = \";\""),
        ("a,b\n1,2\n", {"delimiter": "xx"}, "delimiter must be one mark such as \";\" or \"tab\", got 'xx'"),
        ("a,b\n1,2\n", {"comment": ""}, "comment must be a mark such as \"#\", got ''"),
        ("a,b\n1,2\n", {"missing": "mean"}, "missing must be \"refuse\" or \"drop\", got 'mean'"),
        ("a,b\n1,2\n", {"decimal": ";"}, "decimal must be \".\" or \",\", got ';'"),
        ("a,b\n1,2\n", {"decimal": ",", "thousands": ","}, "decimal and thousands are both \",\""),
        ("a,b\n1,2\n", {"encoding": "cp1252x"}, "unknown encoding 'cp1252x' - did you mean 'cp1252'?"),
        ("a,b\n1,2\n", {"encoding": "rot13"}, "unknown encoding 'rot13' - known: utf-8, cp1252, latin-1, utf-16, "
         "utf-16-le, utf-16-be, cp1250, mac-roman"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be(tmp_path, content, settings, sentence):
    assert (
        refused(tmp_path, content, **({"x": "q"} if "|" in content else {}) | settings)
        == f"d.csv: {sentence}"
    )


# --- numbers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "settings", "expected"),
    [
        (["12,5", "7,25"], {"decimal": ","}, [12.5, 7.25]),
        (["1.220,50", "3,5"], {"decimal": ",", "thousands": "."}, [1220.5, 3.5]),
        (["1.220,50", "3,5"], {"thousands": "."}, [1220.5, 3.5]),  # the point is taken, so a comma is left
        (["1,220", "-12,345,678.5"], {"thousands": ","}, [1220, -12345678.5]),
        (["1 220", "3\u00a0400", "5\u202f600,5"], {"thousands": " ", "decimal": ","}, [1220, 3400, 5600.5]),
        (["1'220", "12"], {"thousands": "'"}, [1220, 12]),
        (["1_000", "12"], {"thousands": "_"}, [1000, 12]),
        (["1e3", " +4.5 ", "-.5", "5."], {}, [1000, 4.5, -0.5, 5]),
    ],
)
def test_numbers_in_a_dialect(tmp_path, cells, settings, expected):
    rows = "".join(f'{k},"{cell}"\n' for k, cell in enumerate(cells))
    data = read(tmp_path, "a,b\n" + rows, **settings)
    assert data.y.tolist() == expected and data.classes == ()


def test_a_decimal_comma_is_found_where_it_can_be_nothing_else(tmp_path):
    data = read(tmp_path, "a;b\n0,5;1,220\n1;12,5\n")
    assert data.x[:, 0].tolist() == [0.5, 1] and data.y.tolist() == [1.22, 12.5]
    assert data.notes[1] == "d.csv: decimal commas"
    assert refused(tmp_path, "a;b\n1;1,220\n2;3,400\n") == (
        "d.csv:2: column 'b': '1,220' is not a number - say decimal = \",\" or thousands = \",\""
    )
    assert [decimal_comma(cells) for cells in (["1,5"], ["1,500"], ["0,500"], ["1,5", "2.5"], ["1", "2"])] == [
        True, False, True, False, False,
    ]  # fmt: skip


COMMA, POINT = 'decimal = ","', 'thousands = "."'


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("12,5", f"is not a number - a decimal comma? say {COMMA}"),
        ("0,125", f"is not a number - a decimal comma? say {COMMA}"),
        ("1,220", f'is not a number - say {COMMA} or thousands = ","'),
        ("1.220,50", f"is not a number - say {COMMA} and {POINT}"),
        ("1.220.500", f"is not a number - thousands? say {POINT}"),
        ("1,220,500.5", 'is not a number - thousands? say thousands = ","'),
        ("1 220", 'is not a number - thousands? say thousands = " "'),
        ("€ 120", "is not a number; the unit belongs in the header, the cells hold numbers alone"),
        ("$200", "is not a number; the unit belongs in the header, the cells hold numbers alone"),
        ("35 %", "is not a number; the unit belongs in the header, the cells hold numbers alone"),
        ("EUR 5", "is not a number; the unit belongs in the header, the cells hold numbers alone"),
        ("2024-03-01", "is not a number - a date? count its days, in a column of numbers"),
        ("01.03.2024", "is not a number - a date? count its days, in a column of numbers"),
        ("March 1, 2024", "is not a number - a date? count its days, in a column of numbers"),
        ("12:30", "is not a number - a date? count its days, in a column of numbers"),
        ("18-25", "is not a number; say classes = true if it names a class"),
        ("5 stars", "is not a number; say classes = true if it names a class"),
        ("½", "is not a number; say classes = true if it names a class"),
    ],
)
def test_what_looks_like_a_number_is_never_a_class(tmp_path, cell, why):
    # a column of such cells alone: numbered by the alphabet, 10.5 would lie below 3.5
    message = refused(tmp_path, f'a,b\n1,"{cell}"\n2,"{cell}"\n')
    assert message == f"d.csv:2: column 'b': '{cell}' {why}"
    assert looks_like_a_number(cell)
    classes = read(tmp_path, f'a,b\n1,"{cell}"\n2,other\n', classes=True).classes
    assert set(classes) == {cell, "other"}


def test_one_odd_cell_among_names_or_numbers(tmp_path):
    assert refused(tmp_path, "a,b\n1,x\n2,y\n3,3\n") == (
        "d.csv:4: column 'b': '3' looks like a number among names; say classes = true if it is one of them"
    )
    assert refused(tmp_path, "a,b\n1,5\n2,y\n3,3\n") == "d.csv:3: column 'b': 'y' is not a number"
    assert (
        refused(tmp_path, "a,b\n1,5\n2,1\n3,y\n", classes=False) == "d.csv:4: column 'b': 'y' is not a number"
    )


# --- missing cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["NA", "N/A", "?", "", "nan", "-", "null"])
def test_rows_with_missing_cells(tmp_path, cell):
    content = f"a,b\n1,2\n{cell},9\n7,{cell}\n3,4\n"
    data = read(tmp_path, content, missing="drop")
    assert data.x.tolist() == [[1], [3]] and data.y.tolist() == [2, 4]
    assert data.notes == ("d.csv: 2 rows of 4 with missing cells left out",)
    assert refused(tmp_path, content).startswith("d.csv:3: column 'a': ")
    labels = read(tmp_path, f"a,b\n1,x\n{cell},y\n2,y\n", missing="drop")
    assert labels.classes == ("x", "y") and labels.y.tolist() == [0, 1]


def test_missing_names(tmp_path):
    content = "a,b\n1,north\n2,NA\n3,south\n"
    assert refused(tmp_path, content) == (
        "d.csv:3: column 'b': 'NA' may be a missing cell: say missing = \"drop\", or classes = true if it names a class"
    )
    assert read(tmp_path, content, classes=True).classes == ("NA", "north", "south")
    dropped = read(tmp_path, content, missing="drop")
    assert dropped.classes == ("north", "south") and dropped.x.tolist() == [[1], [3]]
    assert read(tmp_path, "a,b\n1,+\n2,-\n", missing="drop").classes == ("+", "-")
    assert refused(tmp_path, "a,b\nNA,2\n1,?\n", missing="drop") == (
        "d.csv: every row has a missing cell, at least 1 row is needed"
    )


# --- classes ----------------------------------------------------------------------------------------------


def test_classes_named_by_numbers(tmp_path):
    content = "a,b\n1,10\n2,9\n3,9.0\n4,-1\n"
    data = read(tmp_path, content, classes=True, standardize=True)
    assert data.classes == ("-1", "9", "10") and data.y.tolist() == [2, 1, 1, 0]  # by size, not by alphabet
    plain = read(tmp_path, content)
    assert plain.classes == () and plain.y.tolist() == [10, 9, 9, -1]
    asked = read(tmp_path, content, loss="sparse_categorical_crossentropy", standardize=True)
    assert asked.classes == data.classes and asked.y.tolist() == data.y.tolist()
    assert read(tmp_path, content, loss="mse").classes == ()
    assert read(tmp_path, "a,b\n1,0.5\n2,0\n", loss="binary_crossentropy").classes == ()  # shares
    assert read(tmp_path, "a,b\n1,0\n2,1\n", classes=False).classes == ()
    assert read(tmp_path, "a,b\n0,-1\n1,+1\n", loss="binary_crossentropy").classes == ("-1", "+1")


def test_a_network_takes_whole_numbers_for_classes_when_its_loss_does():
    # three separated points, labels 1, 2, 3: learned as classes 0, 1, 2
    data = Data([[0.0], [1.0], [2.0]], [1, 2, 3])
    problem = training(data, [ov.Dense(3, "softmax")], loss="sparse_categorical_crossentropy")
    assert problem.class_names == ("1", "2", "3")
    np.testing.assert_array_equal(problem.targets, np.eye(3))
    assert training(data, [ov.Dense(1)], loss="mse").class_names == ()
    halves = Data(range(8), [1, 2] * 4).split(0.5, seed=1).labelled()
    assert halves.held_out.classes == halves.classes == ("1", "2")
    assert set(halves.held_out.y) == {0, 1}


def test_a_scene_reads_labels_for_its_loss(tmp_path):
    rows = "".join(f"{k % 7},{k % 3 + 1}\n" for k in range(21))
    (tmp_path / "d.csv").write_text("a;b\n" + rows.replace(",", ";"))
    scene = tmp_path / "s.toml"
    text = """panels = ["loss"]
steps = 2
[problem]
data = { csv = "d.csv", x = "a", y = "b", standardize = true%s }
layers = [{ units = 3, activation = "softmax" }]
loss = "sparse_categorical_crossentropy"
[runs]
GD = { optimizer = "gd" }
"""
    scene.write_text(text % "")
    from optiviz.scenefile import read as read_scene

    found, notes = read_scene(scene)
    assert found.objective.class_names == ("1", "2", "3")
    assert "d.csv: the columns are separated by semicolons" in notes
    scene.write_text(text % ', delimiter = ";", missing = "drop", header = true, classes = true')
    assert ov.load(scene).objective.class_names == ("1", "2", "3")


# --- size -------------------------------------------------------------------------------------------------


def test_a_fault_far_down_names_its_line(tmp_path):
    rows = [f"{k},{k}\n" for k in range(2000)]
    rows[1700] = '"1\n",2\n'  # one row of two lines
    rows[1900] = "1,oops\n"
    assert refused(tmp_path, "a,b\n" + "".join(rows)) == "d.csv:1903: column 'b': 'oops' is not a number"
    rows[1800] = "x,1\n"
    assert refused(tmp_path, "a,b\n" + "".join(rows)) == "d.csv:1803: column 'a': 'x' is not a number"
    data = read(tmp_path, "a,b\n" + "".join(f"{k},{k * k}\n\n" for k in range(1500)))
    assert data.y.tolist() == [k * k for k in range(1500)]


@pytest.mark.parametrize("name", ["fee ($)", "$a$b$", "x_1^2", "50% {a}", r"\\frac$", "a$b$c"])
def test_the_name_of_a_column_is_never_mathematics(tmp_path, name):
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from optiviz.rendering.panels._shared.network_runs import verbatim

    (tmp_path / "d.csv").write_text(f"{name},b\n1,2\n2,4\n")
    scene = tmp_path / "s.toml"
    scene.write_text(
        f"panels = ['fit']\nsteps = 2\n[problem]\ndata = {{ csv = 'd.csv', x = '{name}', y = 'b' }}\n"
        "[runs]\nGD = { optimizer = 'gd' }\n"
    )
    assert ov.load(scene).objective.data.x_names == (name,)
    shown = Text(0, 0, verbatim(name), figure=Figure())._preprocess_math(verbatim(name))
    assert shown == (name, False)  # the letters themselves, not mathematics
    ov.still(ov.load(scene), tmp_path / "s.png", at=1)
