"""Data: made data follows its formula and its seed; a CSV file is read whole or refused in one sentence."""

import os
from inspect import signature
from pathlib import Path

import numpy as np
import pytest

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import bounds_of
from optiviz.objectives import csv_dialect, datasets
from optiviz.objectives.data import Data
from optiviz.objectives.datasets import DATASETS, line, polynomial, sparse_column, temperature
from optiviz.objectives.table import path_inside, read_csv

SHIPPED = Path(__file__).parents[1] / "scenes" / "data"
CARS, PLACEMENT = SHIPPED / "cars.csv", SHIPPED / "placement.csv"

CURVES = {
    name: make for name, make in DATASETS.items() if {"noise", "xlim"} <= set(signature(make).parameters)
}
NOISY = {name: make for name, make in DATASETS.items() if make().truth is not None}
made = pytest.mark.parametrize("make", CURVES.values(), ids=CURVES)
noisy = pytest.mark.parametrize("make", NOISY.values(), ids=NOISY)
every = pytest.mark.parametrize("make", DATASETS.values(), ids=DATASETS)


@noisy
def test_made_data_depends_on_the_seed_alone(make):
    one, same, other = make(seed=7), make(seed=7), make(seed=8)
    np.testing.assert_array_equal(one.x, same.x)
    np.testing.assert_array_equal(one.y, same.y)
    assert np.all(one.y != other.y)


@noisy
def test_without_noise_the_data_is_the_truth(make):
    data = make(noise=0.0, n=37)
    assert data.x.shape == (37, 1) and data.y.shape == (37,)
    np.testing.assert_array_equal(data.y, data.truth(data.x[:, 0]))


@noisy
def test_noise_has_the_standard_deviation_asked_for(make):
    data = make(noise=0.5, n=20_000)
    noise = data.y - data.truth(data.x[:, 0])
    assert abs(noise.mean()) < 0.03 and abs(noise.std() - 0.5) < 0.02


@made
def test_a_scene_can_read_every_setting_from_the_signature(make):
    settings = signature(make).parameters
    assert set(bounds_of(make)) == set(settings) >= {"n", "noise", "seed", "xlim"}


@every
def test_every_setting_has_a_default_and_is_given_by_name(make):
    settings = signature(make).parameters
    assert all(p.default is not p.empty and p.kind is p.KEYWORD_ONLY for p in settings.values())
    make(**{name: setting.default for name, setting in settings.items()})
    assert make().name == make.__name__


@every
def test_made_data_leaves_the_global_generator_alone(make):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    make()
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@noisy
def test_the_limits_on_the_number_of_rows(make):
    assert make(n=2).y.size == 2
    assert make(n=100_000).y.size == 100_000
    for n in (1, 100_001):
        with pytest.raises(BadInput) as fault:
            make(n=n)
        assert str(fault.value) == f"{make.__name__}: n must lie in [2, 100000], got {n}"


@pytest.mark.parametrize(
    ("make", "settings", "sentence"),
    [
        ("line", {"noise": -0.1}, "line: noise must lie in [0, 1e+06], got -0.1"),
        ("line", {"n": 20.5}, "line: n must be a whole number, got 20.5"),
        ("line", {"n": True}, "line: n must be a whole number, got True"),
        ("line", {"seed": 10**30}, f"line: seed must lie in [0, 1e+09], got {10**30}"),
        ("line", {"slope": np.nan}, "line: slope must lie in [-1e+06, 1e+06], got nan"),
        ("line", {"slope": "2"}, "line: slope must lie in [-1e+06, 1e+06], got '2'"),
        ("line", {"xlim": (1, -1)}, "xlim must be two numbers, low then high, got (1, -1)"),
        ("line", {"xlim": [0, 1, 2]}, "xlim must be two numbers, low then high, got [0, 1, 2]"),
        ("sine", {"period": 0}, "sine: period must lie in [1e-06, 1e+06], got 0"),
        ("steps", {"count": 0}, "steps: count must lie in [1, 1000], got 0"),
        (
            "sparse_column",
            {"density": 0.0},
            "sparse_column: density must lie in (0, 1], got 0.0",
        ),
        ("polynomial", {"coefficients": []}, "polynomial: coefficients must be 1 to 13 numbers, got []"),
    ],
)
def test_a_setting_out_of_bounds_is_refused(make, settings, sentence):
    with pytest.raises(BadInput) as fault:
        DATASETS[make](**settings)
    assert str(fault.value) == sentence


def test_made_data_by_hand():
    assert line(slope=-1, intercept=4, noise=0, n=3, xlim=(0, 4)).y.tolist() == [4, 2, 0]
    # x^3 - x + 5 at -1, 0, 1, 2
    cubic = polynomial(coefficients=[5, -1, 0, 1], noise=0, n=4, xlim=[-1, 2])
    assert cubic.y.tolist() == [5, 5, 5, 11]
    # amplitude 3, one period from 0 to 4
    wave = datasets.sine(amplitude=3, period=4, noise=0, n=5, xlim=(0, 4))
    np.testing.assert_allclose(wave.y, [0, 3, 0, -3, 0], atol=1e-14)
    stairs = datasets.steps(count=4, height=0.5, noise=0, n=5, xlim=(0, 1))
    assert stairs.y.tolist() == [0, 0.5, 1, 1.5, 1.5]
    assert stairs.truth(np.array([-9.0, 9.0])).tolist() == [0, 1.5]


def test_a_year_of_temperatures():
    # 73 days after the coldest day the wave is at -cos(72 degrees) = -0.30901699
    year = temperature(mean=10, amplitude=8, coldest=20, noise=0)
    assert year.x[:, 0].tolist() == list(range(1, 366)) and year.y.argmin() == 19
    assert year.y[19] == 2.0 and year.y[92] == pytest.approx(10 - 8 * 0.30901699437494745)
    assert year.y[201] == pytest.approx(10 + 8 * np.cos(np.pi / 365)) == year.y.max()
    assert (year.x_names, year.y_name) == (("day",), "temperature (°C)")


def test_the_weather_lingers():
    days = temperature(noise=2.0, persistence=0.75, n=40_000)
    weather = days.y - days.truth(days.x[:, 0])
    for lag, expected in ((0, 4.0), (1, 3.0), (2, 2.25)):  # variance, then persistence^lag times it
        assert np.mean(weather[lag:] * weather[: 40_000 - lag]) == pytest.approx(expected, abs=0.2)
    fresh = temperature(noise=2.0, persistence=0.0, n=50, seed=3)
    drawn = 2.0 * np.random.default_rng(3).standard_normal(50)
    np.testing.assert_allclose(fresh.y - fresh.truth(fresh.x[:, 0]), drawn, atol=1e-12)


@pytest.mark.parametrize(("density", "filled"), [(0.1, 10), (0.004, 1), (0.333, 33), (1.0, 100)])
def test_a_sparse_column_is_as_sparse_as_asked(density, filled):
    data = sparse_column(density=density, n=100, xlim=(1, 2), seed=3)
    assert np.count_nonzero(data.x) == filled
    assert np.all((data.x == 0) | ((data.x >= 1) & (data.x < 2)))


def test_data_is_a_checked_read_only_copy():
    x = np.array([1.0, 2.0, 3.0])
    data = Data(x, x)
    x[0] = 9
    assert data.x[:, 0].tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="read-only"):
        data.x[0] = 9
    assert Data(np.ones((3, 2)), x).x_names == ("x1", "x2")
    for bad in ([1, 2], [1, 2, np.inf], [1, 2, 1e101]):
        with pytest.raises(BadInput):
            Data([1, 2, 3], bad)
    with pytest.raises(BadInput, match="2 columns but 1 names"):
        Data(np.ones((3, 2)), [1, 2, 3], ("a",))


# --- CSV -----------------------------------------------------------------------------------------------


def test_cars():
    cars = read_csv(CARS, x="speed", y="dist")
    assert cars.x.shape == (50, 1) and cars.y.shape == (50,)
    assert (cars.x_names, cars.y_name, cars.truth, cars.name) == (("speed",), "dist", None, "cars")
    assert cars.x[:, 0].sum() == 770 and cars.y.sum() == 2149  # the means known to R: 15.4 and 42.98


def test_standardised_columns_have_mean_0_and_population_deviation_1():
    raw, cars = read_csv(CARS, "speed", "dist"), read_csv(CARS, "speed", "dist", standardize=True)
    for column in (cars.x[:, 0], cars.y):
        assert abs(column.mean()) < 1e-14
        assert np.sqrt((column * column).mean()) == pytest.approx(1, abs=1e-14)
    assert (cars.x_names, cars.y_name) == (("speed (standardised)",), "dist (standardised)")
    np.testing.assert_allclose(cars.x * raw.x.std() + raw.x.mean(), raw.x)


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "d.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2\n3,4\n",
        "a,b\n1,2\n3,4",  # no newline at the end
        "\ufeffa,b\r\n1,2\r\n3,4\r\n",  # saved by Excel
        "a,b\r1,2\r3,4\r",
        "\n a , b \n\n 1 , 2 \n\n3,4\n\n",
        '"a","b"\n"1","2"\n3,4e0\n',
        "b,a,note\n2,1,n/a\n4,3,\n",  # another column may hold anything
        '"b","a","two\nlines"\n2,1,"x\ny"\n4,3,z\n',
        ",a,b\nrow 1,1,2\nrow 2,3,4\n",  # R names its rows
    ],
)
def test_csv_as_programs_write_it(tmp_path, content):
    data = read_csv(write(tmp_path, content), x="a", y="b")
    assert data.x.tolist() == [[1], [3]] and data.y.tolist() == [2, 4]


def test_several_columns_in_the_order_asked_for(tmp_path):
    data = read_csv(write(tmp_path, "cgpa,iq,placed\n8,80,1\n9,90,1\n7,70,0\n"), ["iq", "cgpa"], "placed")
    assert data.x.tolist() == [[80, 8], [90, 9], [70, 7]] and data.y.tolist() == [1, 1, 0]
    assert data.x_names == ("iq", "cgpa")


# --- labels --------------------------------------------------------------------------------------------


def test_the_placement_table_of_the_notes():
    data = read_csv(PLACEMENT, ["cgpa", "iq"], "placed")
    assert data.x.tolist() == [[8, 80], [9, 90], [7, 70]] and data.y.tolist() == [1, 1, 0]
    assert data.classes == ("0", "1") and data.one_hot.tolist() == [[0, 1], [0, 1], [1, 0]]


def test_a_column_of_text_is_classes_in_alphabetical_order(tmp_path):
    data = read_csv(write(tmp_path, "a,b\n1,pear\n2, apple\n3,pear\n4,fig\n"), "a", "b")
    assert data.classes == ("apple", "fig", "pear") and data.y.tolist() == [2, 0, 2, 1]
    assert data.y_name == "b" and data.name == "d"


@pytest.mark.parametrize(
    ("column", "classes"),
    [
        ("0 1 1", ("0", "1")),
        ("1.0 0 1", ("0", "1")),
        ("0 0 0", ()),
        ("0 1 2", ()),
        ("1 2 1", ()),
        ("0 1 0.5", ()),
    ],
)
def test_nothing_but_0_and_1_is_two_classes(tmp_path, column, classes):
    rows = "".join(f"{k},{cell}\n" for k, cell in enumerate(column.split()))
    assert read_csv(write(tmp_path, "a,b\n" + rows), "a", "b").classes == classes


def test_standardising_leaves_classes_alone(tmp_path):
    for cells, y in (("0 1 1", [0, 1, 1]), ("no yes yes", [0, 1, 1])):
        rows = "".join(f"{10 * k},{cell}\n" for k, cell in enumerate(cells.split()))
        data = read_csv(write(tmp_path, "a,b\n" + rows), "a", "b", standardize=True)
        assert data.y.tolist() == y and data.y_name == "b" and data.x_names == ("a (standardised)",)
        np.testing.assert_allclose(data.x[:, 0], [-np.sqrt(1.5), 0, np.sqrt(1.5)], atol=1e-15)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("a,b\n1,x\n2,\n3,y\n", "d.csv:3: column 'b': the cell is empty, a class is needed"),
        ("a,b\n1,x\n2,3\n", "d.csv:2: column 'b': 'x' is not a number"),
        ("a,b\n1,\n2,\n", "d.csv:2: column 'b': the cell is empty, a number is needed"),
        (
            "a,b\n" + "".join(f"{k},l{k}\n" for k in range(101)),
            "d.csv: column 'b': 101 different labels are too many, at most 100",
        ),
    ],
)
def test_a_fault_in_the_labels_is_one_sentence(tmp_path, content, sentence):
    with pytest.raises(BadInput) as fault:
        read_csv(write(tmp_path, content), x="a", y="b")
    assert str(fault.value) == sentence


LONG = "9" * 40


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "d.csv: the file is empty"),
        ("\ufeff \n\n", "d.csv: the file is empty"),
        ("a,b\n", "d.csv: no row below the header, at least 1 is needed"),
        ("aa,b\n1,2\n3,4\n", "d.csv:1: unknown column 'a' - did you mean 'aa'?"),
        ("speed,b\n1,2\n3,4\n", "d.csv:1: unknown column 'a' - known: speed, b"),
        ("a,b,a\n1,2,3\n", "d.csv:1: two columns are named 'a'"),
        ("a,b\x1b[31m\n1,2\n", "d.csv:1: the name of column 2, 'b\\x1b[31m', has a control character"),
        ("a,b\n1,2\n3,\n", "d.csv:3: column 'b': the cell is empty, a number is needed"),
        ("a,b\n\n1,2\n\n , 4\n", "d.csv:5: column 'a': the cell is empty, a number is needed"),
        (
            "a,b\n1,2\nn/a,4\n",
            "d.csv:3: column 'a': 'n/a' is not a number - a missing value? say missing = \"drop\"",
        ),
        (
            'a,b\n1,2\n3,"4,5"\n',
            "d.csv:3: column 'b': '4,5' is not a number - a decimal comma? say decimal = \",\"",
        ),
        ("a,b\n1_000,2\n", "d.csv:2: column 'a': '1_000' is not a number"),
        (
            "a,b\n1,٣\n2,3\n",
            "d.csv:2: column 'b': '٣' is not a number; say classes = true if it names a class",
        ),
        ('a,b\n1,2\n"3\n3",4\n', "d.csv:3: column 'a': '3\\n3' is not a number"),
        ('a,b,c\n1,2,"x\ny"\n3,oops,z\n', "d.csv:4: column 'b': 'oops' is not a number"),
        (f"a,b\n1,x{LONG}\n2,3\n", f"d.csv:2: column 'b': 'x{LONG[:39]}...' is not a number"),
        ("a,b\n1,nan\n", "d.csv:2: column 'b': 'nan' is not a finite number smaller than 1e+100"),
        ("a,b\n-inf,2\n", "d.csv:2: column 'a': '-inf' is not a finite number smaller than 1e+100"),
        ("a,b\n1e400,2\n", "d.csv:2: column 'a': '1e400' is not a finite number smaller than 1e+100"),
        ("a,b\n1,2\n3,4,5\n", "d.csv:3: 3 cells, but the header has 2"),
        ("a,b\n1\n3,4\n", "d.csv:2: 1 cell, but the header has 2"),
        ('a,b\n1,2\n"3,4\n', "d.csv:3: this row is not CSV (unexpected end of data)"),
        (b"a,b\n1,2\n\x00,4\n", 'd.csv:3: a NUL byte; is it UTF-16? say encoding = "utf-16-le"'),
        ("a,b\n1,2\n".encode("utf-16-le"), 'd.csv:1: a NUL byte; is it UTF-16? say encoding = "utf-16-le"'),
        (b"a,b\n1,2\n\xe9,4\n", 'd.csv:3: not UTF-8 text; say encoding = "cp1252" or save it as UTF-8'),
        (
            b"\xef\xbb\xbfa,b\n\xe9,4\n",
            'd.csv:2: not UTF-8 text; say encoding = "cp1252" or save it as UTF-8',
        ),
        (",".join(["a"] * 1001), "d.csv:1: 1,001 columns, at most 1,000 are read"),
    ],
)
def test_a_fault_in_a_csv_file_is_one_sentence(tmp_path, content, sentence):
    with pytest.raises(BadInput) as fault:
        read_csv(write(tmp_path, content), x="a", y="b")
    assert str(fault.value) == sentence


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        ([], "b", "d.csv: x must name at least one column"),
        (["a", "a"], "b", "d.csv: column 'a' is named twice in x and y"),
        ("a", "a", "d.csv: column 'a' is named twice in x and y"),
        ("", "b", "d.csv:1: unknown column '' - known: a, b"),
        ("q" * 9999, "b", f"d.csv:1: unknown column '{'q' * 40}...' - known: a, b"),
    ],
)
def test_the_columns_asked_for_are_checked(tmp_path, x, y, sentence):
    with pytest.raises(BadInput) as fault:
        read_csv(write(tmp_path, "a,b\n1,2\n3,4\n"), x=x, y=y)
    assert str(fault.value) == sentence


def test_a_constant_column_cannot_be_standardised(tmp_path):
    path = write(tmp_path, "a,b\n" + "".join(f"0.1,{k}\n" for k in range(7)))
    assert read_csv(path, "a", "b").y.size == 7
    with pytest.raises(BadInput) as fault:
        read_csv(path, "a", "b", standardize=True)
    assert str(fault.value) == "d.csv: column 'a' cannot be standardised, it is 0.1 in every row"


def test_tiny_and_large_numbers_can_be_standardised(tmp_path):
    path = write(tmp_path, "a,b\n1e-300,-9e99\n2e-300,9e99\n")
    data = read_csv(path, "a", "b", standardize=True)
    np.testing.assert_allclose(data.x[:, 0], [-1, 1])
    np.testing.assert_allclose(data.y, [-1, 1])


def test_something_that_is_not_a_file(tmp_path):
    with pytest.raises(BadInput, match=r"^nothing\.csv: no such file in '.*'$"):
        read_csv(tmp_path / "nothing.csv", "a", "b")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadInput, match=r"^folder\.csv: this is a folder, a CSV file is needed$"):
        read_csv(tmp_path / "folder.csv", "a", "b")
    with pytest.raises(BadInput, match=r"cannot be read|no such file"):
        read_csv(tmp_path / ("x" * 5000), "a", "b")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")  # reading would wait for ever
        with pytest.raises(BadInput, match=r"^pipe\.csv: this is not an ordinary file$"):
            read_csv(tmp_path / "pipe.csv", "a", "b")


def test_a_file_without_permission(tmp_path, monkeypatch):
    def locked(*_):
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path, "a,b\n1,2\n3,4\n")
    monkeypatch.setattr("builtins.open", locked)  # a real one would let root in
    with pytest.raises(BadInput, match=r"^d\.csv: the file may not be read \(permission denied\)$"):
        read_csv(path, "a", "b")


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "large.csv"
    with open(path, "wb") as file:
        file.truncate(64 * 2**20 + 1)
    monkeypatch.setattr("builtins.open", None)
    with pytest.raises(BadInput) as fault:
        read_csv(path, "a", "b")
    assert str(fault.value) == "large.csv: 67,108,865 bytes, at most 67,108,864 (64 MiB) are read"


def test_too_many_rows_are_refused_before_one_is_parsed(tmp_path, monkeypatch):
    path = write(tmp_path, "a,b\n" + "1,2\n" * 1_000_001)
    monkeypatch.setattr(csv_dialect.csv, "reader", None)
    with pytest.raises(BadInput) as fault:
        read_csv(path, "a", "b")
    assert str(fault.value) == "d.csv: 1,000,001 rows, at most 1,000,000 are read"


# --- below a folder ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cars.csv", "data/cars.csv", "./cars.csv", "a..b.csv", "console.csv"])
def test_a_name_below_the_folder(tmp_path, name):
    assert path_inside(tmp_path, name) == (tmp_path / name).resolve()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "a file name is needed, such as 'data/cars.csv'"),
        ("  ", "a file name is needed, such as 'data/cars.csv'"),
        (".", "a file name is needed, such as 'data/cars.csv'"),
        ("/etc/passwd", "the name must be relative to the scene's folder"),
        ("C:/cars.csv", "the name must be relative to the scene's folder"),
        ("cars.csv:stream", "the name must be relative to the scene's folder"),
        ("..", "a name with '..' may leave the scene's folder"),
        ("../cars.csv", "a name with '..' may leave the scene's folder"),
        ("data/../../cars.csv", "a name with '..' may leave the scene's folder"),
        ("..\\cars.csv", "folders are separated by '/', not by a backslash"),
        ("a\x00b", "a file name has no control characters"),
        ("a\nb.csv", "a file name has no control characters"),
        ("nul", "this is the name of a device on Windows"),
        ("data/COM1.csv", "this is the name of a device on Windows"),
    ],
)
def test_a_name_that_leads_elsewhere(tmp_path, name, why):
    with pytest.raises(BadInput) as fault:
        path_inside(tmp_path, name)
    assert str(fault.value) == f"file {name!r}: {why}"


def test_symbolic_links_may_not_lead_outside(tmp_path):
    home = tmp_path / "scenes"
    (home / "data").mkdir(parents=True)
    (home / "inside.csv").symlink_to(home / "data" / "cars.csv")
    (home / "outside.csv").symlink_to(tmp_path / "secret.csv")
    (home / "up").symlink_to(tmp_path)
    (home / "circle").symlink_to(home / "circle")
    assert path_inside(home, "inside.csv") == home.resolve() / "data" / "cars.csv"
    for name in ("outside.csv", "up/secret.csv", "up"):
        with pytest.raises(BadInput) as fault:
            path_inside(home, name)
        assert str(fault.value) == f"file '{name}': a symbolic link leads out of the scene's folder"
    with pytest.raises(BadInput):
        read_csv(path_inside(home, "circle"), "a", "b")
    (tmp_path / "scenes-2").mkdir()
    (home / "twin").symlink_to(tmp_path / "scenes-2")  # a folder whose name merely begins alike
    with pytest.raises(BadInput):
        path_inside(home, "twin/cars.csv")


@pytest.mark.parametrize(
    ("n", "share", "apart"),
    [(7, 0.25, 2), (9, 0.25, 2), (11, 0.95, 10), (20, 0.01, 1), (20, 0.99, 19)],  # one at least on each side
)
def test_a_split_takes_the_nearest_number_of_rows(n, share, apart):
    halves = Data(range(n), range(n)).split(share)
    assert (len(halves.held_out.y), len(halves.y)) == (apart, n - apart)
