"""Folders of images, parquet, and torchvision's sets; each fault is one sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from gradtui.core.errors import UsageError
from gradtui.engine import vision
from gradtui.engine.data import load


def save(file: Path, pixels: np.ndarray) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(file)


def folder(root: Path, *, classes: int = 2, each: int = 12, shape: tuple[int, ...] = (6, 8)) -> str:
    rng = np.random.default_rng(0)
    for label in range(classes):
        for i in range(each):
            save(root / "abc"[label] / f"{i}.png", rng.integers(0, 256, shape))
    return str(root)


def test_a_folder_is_its_images_standardised(tmp_path: Path) -> None:
    data = load(folder(tmp_path / "pets"))
    files = sorted(tmp_path.rglob("*.png"))
    images = np.array([np.asarray(Image.open(file), float) for file in files])
    labels = np.array([file.parent.name == "b" for file in files])
    order = np.random.Generator(np.random.PCG64(0)).permutation(24)
    train, test = order[:20], order[20:]
    centred = images - images[train].mean(axis=0)
    expected = (centred / centred[train].std()).reshape(24, -1)
    np.testing.assert_allclose(data.x_train, expected[train], atol=1e-5)
    np.testing.assert_allclose(data.x_test, expected[test], atol=1e-5)
    assert data.y_train.tolist() == labels[train].tolist()
    assert (data.label, data.classes, data.image) == ("pets 6×8", 2, (1, 6, 8))


def test_colour_is_channels_first(tmp_path: Path) -> None:
    path = folder(tmp_path, shape=(5, 5, 3))
    for i in range(12):  # red alone differs from image to image
        save(tmp_path / "b" / f"{i}.png", np.full((5, 5, 3), (20 * i, 7, 7)))
        save(tmp_path / "a" / f"{i}.png", np.full((5, 5, 3), (20 * i + 5, 7, 7)))
    data = load(path)
    assert data.image == (3, 5, 5)
    planes = data.x_train.reshape(-1, 3, 25)
    assert np.ptp(planes[:, 0]) > 1
    assert (planes[:, 1:] == 0).all()


def test_several_or_large_sizes_are_scaled(tmp_path: Path) -> None:
    path = folder(tmp_path)
    save(tmp_path / "a" / "large.png", np.zeros((90, 200)))
    assert load(path).image == (1, 32, 32)


def test_sixteen_bits_are_not_cut_off(tmp_path: Path) -> None:
    path = folder(tmp_path)
    for file in tmp_path.rglob("*.png"):
        shade = 256 * (100 + int(file.stem))
        Image.fromarray(np.full((6, 8), shade, np.uint16)).save(file)
    assert len(np.unique(load(path).x_train)) > 8


def one_class(root: Path) -> None:
    folder(root, classes=1)


def too_few(root: Path) -> None:
    folder(root, each=3)


def damaged(root: Path) -> None:
    folder(root)
    (root / "a" / "3.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")


def cut_off(root: Path) -> None:
    folder(root)
    file = root / "a" / "3.png"
    file.write_bytes(file.read_bytes()[:60])


def empty(root: Path) -> None:
    (root / "a").mkdir(parents=True)


@pytest.mark.parametrize(
    ("make", "word"),
    [(one_class, "one class, 'a'"), (too_few, "6 images"), (damaged, "a/3.png"),
     (cut_off, "a/3.png"), (empty, "no sub-folder")],
)  # fmt: skip
def test_a_bad_folder_is_one_sentence(make: object, word: str, tmp_path: Path) -> None:
    make(tmp_path / "pets")  # type: ignore[operator]
    with pytest.raises(UsageError) as caught:
        load(str(tmp_path / "pets"))
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_pillow_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder(tmp_path)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(UsageError, match=r"gradtui\[vision\]"):
        load(path)


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"gradtui\[parquet\]"):
        load(str(tmp_path / "x.parquet"))


def test_parquet_is_the_table(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((30, 2)), np.arange(30) % 3
    columns = {"a": x[:, 0], "b": x[:, 1], "label": y}
    parquet.write_table(pa.table(columns), tmp_path / "x.parquet")
    np.savez(tmp_path / "x.npz", X=x, y=y)
    ours, same = load(str(tmp_path / "x.parquet")), load(str(tmp_path / "x.npz"))
    assert np.array_equal(ours.x_train, same.x_train)
    assert np.array_equal(ours.y_test, same.y_test)
    bad = {
        "words": columns | {"b": ["w"] * 30}, "nothing": columns | {"a": [None, *x[1:, 0]]},
        "labels": columns | {"label": y + 1}, "narrow": {"a": x[:, 0]},
    }  # fmt: skip
    for name, table in bad.items():
        parquet.write_table(pa.table(table), tmp_path / f"{name}.parquet")
        with pytest.raises(UsageError, match=name):
            load(str(tmp_path / f"{name}.parquet"))
    (tmp_path / "torn.parquet").write_bytes((tmp_path / "x.parquet").read_bytes()[:200])
    with pytest.raises(UsageError, match="no readable"):
        load(str(tmp_path / "torn.parquet"))


@pytest.fixture
def torchvision(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A torchvision whose downloads a test decides."""
    module, datasets = ModuleType("torchvision"), SimpleNamespace()
    module.datasets = datasets  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torchvision", module)
    vision.load.cache_clear()
    yield datasets
    vision.load.cache_clear()


def test_a_classic_set_keeps_its_split(
    torchvision: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)

    def cifar(root: Path, *, train: bool, download: bool) -> SimpleNamespace:
        if not download:
            raise RuntimeError("Dataset not found.")
        print("Downloading")
        n = 40 if train else 10
        data = rng.integers(0, 256, (n, 32, 32, 3)).astype(np.uint8)
        return SimpleNamespace(data=data, targets=[i % 10 for i in range(n)])

    torchvision.CIFAR10 = cifar
    data = load("cifar10", 30)
    assert (data.image, data.label) == ((3, 32, 32), "cifar10 32×32")
    assert (len(data.x_train), len(data.x_test), data.classes) == (30, 10, 10)
    out, err = capsys.readouterr()
    assert out == ""
    assert "downloading cifar10" in err
    assert load("cifar10").x_test is data.x_test


def test_without_network_it_is_one_sentence(torchvision: SimpleNamespace) -> None:
    def mnist(root: Path, *, train: bool, download: bool) -> SimpleNamespace:
        raise RuntimeError("Error downloading train-images\nsecond line")

    torchvision.MNIST = mnist
    with pytest.raises(UsageError, match=r"connect to the network") as caught:
        load("mnist")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", vision.NAMES)
def test_without_torchvision_it_says_what_to_install(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    vision.load.cache_clear()
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(UsageError, match=r"gradtui\[vision\]"):
        load(name)
