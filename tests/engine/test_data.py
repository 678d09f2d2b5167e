"""Data sets: against scikit-learn's copy, and every way in which a user's file can be wrong."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from gradtui.core.architecture import NAMED
from gradtui.core.errors import UsageError
from gradtui.engine import passages, translations, vision
from gradtui.engine.data import DATASETS, DIGITS_TRAIN, Dataset, load

Rows = list[list[object]]


def rows(n: int = 40, classes: int = 2) -> Rows:
    """Two features and a label; every class is used."""
    return [[0.5 * i, (i * i) % 7, i % classes] for i in range(n)]


def write_csv(path: Path, table: Rows, header: str = "") -> str:
    lines = [header] * bool(header) + [",".join(map(str, row)) for row in table]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def together(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate([data.x_train, data.x_test]), np.concatenate([data.y_train, data.y_test])


def test_what_goes_by_a_name_is_known_before_torch_is_there() -> None:
    assert {*NAMED} == {*DATASETS, "recall", *translations.TASKS, passages.NAME, *vision.NAMES}


def test_digits_are_those_of_scikit_learn() -> None:
    theirs = load_digits()
    with np.load("gradtui/data/digits.npz") as ours:
        assert np.array_equal(ours["X"], theirs.data)
        assert np.array_equal(ours["y"], theirs.target)


def test_digits_are_standardised_by_the_training_rows() -> None:
    data = load("digits")
    x = load_digits().data
    order = np.random.Generator(np.random.PCG64(0)).permutation(len(x))
    train, test = x[order[:DIGITS_TRAIN]], x[order[DIGITS_TRAIN:]]
    mean = train.mean(axis=0)
    std = np.sqrt(((train - mean) ** 2).mean())
    np.testing.assert_allclose(data.x_train, (train - mean) / std, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(data.x_test, (test - mean) / std, rtol=1e-6, atol=1e-6)
    assert np.array_equal(data.y_test, load_digits().target[order[DIGITS_TRAIN:]])
    assert order[:5].tolist() == [360, 1773, 1482, 600, 850], "numpy's permutation has changed"


def test_digits100_are_the_digits_with_a_border_of_zeros() -> None:
    small, large = load("digits"), load("digits100")
    images = large.x_train.reshape(-1, 10, 10)
    assert np.array_equal(images[:, 1:-1, 1:-1].reshape(-1, 64), small.x_train)
    border = images.copy()
    border[:, 1:-1, 1:-1] = 0
    assert not border.any()
    assert np.array_equal(large.y_test, small.y_test)


def test_clusters_lie_in_20_dimensions_with_unit_variance() -> None:
    data = load("clusters")
    x, _ = together(data)
    assert x.shape == (5000, 100)
    assert np.isclose(x.std(), 1, atol=1e-3)
    assert np.linalg.matrix_rank(x.astype(np.float64), tol=1e-2) == 20


def test_clusters_leave_a_linear_model_behind_but_not_lost() -> None:
    data = load("clusters")
    linear = LogisticRegression(max_iter=300).fit(data.x_train, data.y_train)
    assert 0.5 < linear.score(data.x_test, data.y_test) < 0.93


@pytest.mark.parametrize(
    ("name", "train", "test", "features"),
    [("digits", 1437, 360, 64), ("digits100", 1437, 360, 100), ("clusters", 4000, 1000, 100)],
)
def test_shapes_types_and_sameness(name: str, train: int, test: int, features: int) -> None:
    data, again = load(name), load(name)
    assert data.x_train.shape == (train, features)
    assert data.x_test.shape == (test, features)
    assert data.x_train.dtype == np.float32
    assert data.y_train.dtype == np.int64
    assert (data.classes, data.features) == (10, features)
    assert np.array_equal(data.x_train, again.x_train)
    assert set(data.y_train) == set(data.y_test) == set(range(10))


def test_rows_keeps_the_first_training_rows_and_all_test_rows() -> None:
    whole, part = load("digits"), load("digits", rows=100)
    assert np.array_equal(part.x_train, whole.x_train[:100])
    assert np.array_equal(part.y_train, whole.y_train[:100])
    assert len(part.x_test) == 360
    with pytest.raises(UsageError, match="at least 1"):
        load("digits", rows=0)


@pytest.mark.parametrize("header", ["", "height,weight,label", "0,1,label"])
def test_csv_with_and_without_a_header(tmp_path: Path, header: str) -> None:
    data = load(write_csv(tmp_path / "t.csv", rows(), header))
    x, y = together(data)
    assert (len(data.x_train), len(data.x_test)) == (32, 8)
    assert (data.classes, data.features, data.label) == (2, 2, "t.csv")
    assert y.sum() == 20
    np.testing.assert_allclose(data.x_train.mean(axis=0), 0, atol=1e-5)
    assert np.isclose(data.x_train.std(), 1, atol=1e-5)
    assert x.dtype == np.float32


def test_csv_and_npz_of_the_same_numbers_are_the_same_data(tmp_path: Path) -> None:
    table = np.array(rows(), dtype=float)
    np.savez(tmp_path / "t.npz", X=table[:, :2].reshape(-1, 1, 2), y=table[:, 2])
    a = load(write_csv(tmp_path / "t.csv", table.tolist()))
    b = load(str(tmp_path / "t.npz"))
    for name in ("x_train", "y_train", "x_test", "y_test"):
        assert np.array_equal(getattr(a, name), getattr(b, name))


def test_csv_as_spreadsheets_write_it(tmp_path: Path) -> None:
    """A byte-order mark, CRLF, quotes, blanks, an empty last line, labels such as 3.0."""
    body = "\r\n".join(f'"{i}", {i % 5} ,{float(i % 2)}' for i in range(20))
    path = tmp_path / "t.CSV"
    path.write_bytes(b"\xef\xbb\xbf" + f"a,b,c\r\n{body}\r\n\r\n".encode())
    assert load(str(path)).classes == 2


def test_constant_data_divides_by_nothing(tmp_path: Path) -> None:
    data = load(write_csv(tmp_path / "t.csv", [[7, 7, i % 2] for i in range(20)]))
    assert not data.x_train.any()


def test_a_feature_far_from_zero_does_not_shrink_the_others(tmp_path: Path) -> None:
    data = load(write_csv(tmp_path / "t.csv", [[1e9 + i, i, i % 2] for i in range(40)]))
    assert data.x_train[:, 1].std() > 0.5


CSV_FAULTS: dict[str, tuple[str, str]] = {
    "empty": ("", "is empty"),
    "blank lines": ("\n\n  \n", "is empty"),
    "header only": ("a,b,label\n", "has no rows"),
    "one column": ("1\n2\n", "has one column in line 1"),
    "semicolons": ("1;2;0\n1;2;1\n", "has one column in line 1"),
    "ragged": ("1,2,0\n1,2,3,0\n", r"has 4 columns in line 2: every line has .* the first, 3"),
    "text": ("1,2,0\n1,two,1\n", r"has 'two' in line 2, column 2: .* is a number"),
    "hole": ("a,b,c\n1,2,0\n,2,1\n", "has '' in line 3, column 1"),
    "text in the first line": ("1,two,0\n1,2,1\n", "has 'two' in line 1, column 2"),
    "words as labels": ("1,2,cat\n1,2,dog\n", "has 'dog' in line 2, column 3"),
    "few rows": ("1,2,0\n1,2,1\n", "has 2 rows: at least 20"),
    "nan": ("1,2,0\n" * 20 + "1,nan,1\n", "has nan at line 21, column 2: .* finite"),
    "inf": ("a,b,c\n" + "1,2,0\n" * 20 + "inf,2,1\n", "has inf at line 22, column 1"),
    "huge": ("1,2,0\n" * 20 + "1e300,2,1\n", r"has 1e\+300 at line 21, column 1"),
    "label 0.5": ("1,2,0\n" * 20 + "1,2,0.5\n", "the label 0.5 at line 21, column 3"),
    "label -1": ("1,2,0\n" * 20 + "1,2,-1\n", "the label -1 at line 21"),
    "label nan": ("1,2,0\n" * 20 + "1,2,nan\n", "the label nan at line 21"),
    "labels from 1": ("1,2,1\n1,2,2\n" * 10, "labels up to 2 but none is 0"),
    "gap": ("1,2,0\n1,2,3\n1,2,1\n" * 10, "labels up to 3 but none is 2: .*0 to C-1"),
    "one class": ("1,2,0\n" * 20, "the single label 0: at least two classes"),
    "nul": ("1,2,0\n1,\0,0\n", "line"),
}


@pytest.mark.parametrize("fault", CSV_FAULTS)
def test_a_bad_csv_is_one_sentence(tmp_path: Path, fault: str) -> None:
    content, sentence = CSV_FAULTS[fault]
    path = tmp_path / "t.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=sentence) as error:
        load(str(path))
    assert_one_sentence(error.value, path)


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("größe,b,c\n1,2,0\n".encode("latin-1"))
    with pytest.raises(UsageError, match="is not UTF-8 text: byte 0xf6") as error:
        load(str(path))
    assert_one_sentence(error.value, path)


X, Y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
NPZ_FAULTS: dict[str, tuple[dict[str, object], str]] = {
    "no X": ({"y": Y}, "has no array X: it needs X and y, and holds y"),
    "no y": ({"X": X, "labels": Y}, "has no array y: .* holds X, labels"),
    "flat X": ({"X": X[:, 0], "y": Y}, r"has X of shape \(20,\)"),
    "no features": ({"X": X[:, :0], "y": Y}, r"has X of shape \(20, 0\)"),
    "one-hot y": ({"X": X, "y": np.eye(2)[Y]}, r"has y of shape \(20, 2\)"),
    "lengths": ({"X": X, "y": Y[:-1]}, "has 20 rows in X but 19 labels in y"),
    "words": ({"X": X.astype(str), "y": Y}, "has X of type <U.*: X is an array of numbers"),
    "complex": ({"X": X * 1j, "y": Y}, "has X of type complex128"),
    "objects": ({"X": X, "y": Y.astype(object)}, "holds Python objects"),
    "nan": ({"X": np.where(X == 5, np.nan, X).reshape(20, 1, 2), "y": Y}, r"nan at X\[2, 0, 1\]"),
    "label": ({"X": X, "y": np.where(np.arange(20) == 7, 1.5, Y)}, r"label 1.5 at y\[7\]"),
    "no rows": ({"X": X[:0], "y": Y[:0]}, "has 0 rows: at least 20"),
}


@pytest.mark.parametrize("fault", NPZ_FAULTS)
def test_a_bad_npz_is_one_sentence(tmp_path: Path, fault: str) -> None:
    arrays, sentence = NPZ_FAULTS[fault]
    path = tmp_path / "t.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]  # object arrays are the point
    with pytest.raises(UsageError, match=sentence) as error:
        load(str(path))
    assert_one_sentence(error.value, path)


def truncate(path: Path) -> None:
    np.savez(path, X=X, y=Y)
    path.write_bytes(path.read_bytes()[:-40])


def damage(path: Path) -> None:
    np.savez_compressed(path, X=np.arange(4000.0).reshape(-1, 2), y=np.arange(2000) % 2)
    content = bytearray(path.read_bytes())
    content[200:400] = b"\xff" * 200
    path.write_bytes(content)


def single_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, X)


def foreign_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X.npy", "no array")
        archive.writestr("y.npy", "no array")


@pytest.mark.parametrize("make", [truncate, damage, single_array, foreign_zip])
def test_a_damaged_npz_is_one_sentence(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "t.npz"
    make(path)
    with pytest.raises(UsageError, match=r"cut off|of type") as error:
        load(str(path))
    assert_one_sentence(error.value, path)


@pytest.mark.parametrize("name", ["t.csv", "t.npz"])
def test_a_file_that_is_missing_empty_a_directory_or_locked(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(UsageError, match="does not exist"):
        load(str(path))
    path.touch()
    with pytest.raises(UsageError, match="is empty"):
        load(str(path))
    path.unlink()
    path.mkdir()
    with pytest.raises(UsageError, match="no sub-folder with images"):
        load(str(path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = Path(write_csv(tmp_path / "t.csv", rows()))
    path.chmod(0)
    with pytest.raises(UsageError, match="may not be read"):
        load(str(path))


def test_reading_forbidden_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(write_csv(tmp_path / "t.csv", rows()))

    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UsageError, match="may not be read"):
        load(str(path))


def test_names(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown data 'digist'.*Did you mean digits\?"):
        load("digist")
    with pytest.raises(UsageError, match=r"is no \.npz or \.csv or \.parquet"):
        load("./table.tsv")
    with pytest.raises(UsageError, match="no sub-folder with images"):
        load(str(tmp_path))
    assert set(DATASETS) == {"digits", "clusters", "digits100"}


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=300) | st.text("01,.\n-e\"'nai; ", max_size=200).map(str.encode))
def test_any_bytes_are_data_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for suffix in (".csv", ".npz"):
        path = folder / f"t{suffix}"
        path.write_bytes(content)
        with pytest.raises(UsageError) as error:
            load(str(path))
        assert_one_sentence(error.value, path)


def assert_one_sentence(error: UsageError, path: Path) -> None:
    text = str(error)
    assert text.startswith(f"data file '{path}' ")
    assert text.endswith(".")
    assert "\n" not in text
