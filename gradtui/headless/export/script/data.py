"""Where the script's data come from: drawn, from scikit-learn, or from a file beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradtui.headless.export.script.recipe import Recipe
from gradtui.headless.export.script.text import block, inner

if TYPE_CHECKING:
    from gradtui.engine.dataset import Dataset

KNOWN = ("digits", "digits100", "clusters", "recall")
"""Data that a script can make by itself; all other lie beside it, as arrays."""


def found(recipe: Recipe) -> Dataset:
    """The data themselves, read anew."""
    from gradtui.engine.data import load

    return load(recipe.spec.data, recipe.spec.rows, int(recipe.spec.fixed["length"]))


def beside(recipe: Recipe) -> bool:
    """Whether the data lie in a file of their own, x.npz beside x.py."""
    return recipe.spec.data not in KNOWN


def loading(recipe: Recipe) -> str:
    """The function `load_data`."""
    name = recipe.spec.data
    maker = {"digits": _digits, "digits100": _digits, "clusters": _clusters, "recall": _recall}
    body = maker.get(name, _arrays)(recipe)
    return block("def load_data():", inner(body))


def _digits(recipe: Recipe) -> str:
    pad = recipe.spec.data == "digits100"
    return block(
        '"""1797 digits of 8×8 pixels, the same 1437 of them to train on whatever the seed."""',
        "x, y = load_digits(return_X_y=True)",
        "order = np.random.default_rng(0).permutation(len(y))",
        "train, test = order[:1437], order[1437:]",
        "x = x - x[train].mean(axis=0)",
        "x = x / x[train].std()",
        "# A border of one pixel makes them 10×10." if pad else None,
        "x = np.pad(x.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1))).reshape(-1, 100)"
        if pad
        else None,
        _split(recipe),
    )


def _clusters(recipe: Recipe) -> str:
    return block(
        '''
        """10 classes of two Gaussians each in 20 dimensions, rotated into 100."""
        rng = np.random.default_rng(0)
        centres = 1.2 * rng.standard_normal((20, 20))
        part = rng.permutation(np.arange(5000) % 20)
        points = centres[part] + rng.standard_normal((5000, 20))
        basis, _ = np.linalg.qr(rng.standard_normal((100, 20)))
        x = points @ basis.T
        x, y = x / x.std(), part % 10
        train, test = np.arange(4000), np.arange(4000, 5000)
        ''',
        _split(recipe),
    )


def _recall(recipe: Recipe) -> str:
    return block(
        '''
        """Sequences of symbols; the label is the first one, 0 to 7, and 8 to 15 follow."""
        rng = np.random.default_rng(0)
        x = np.ascontiguousarray(rng.integers(8, 16, (LENGTH, 4500)).T)
        x[:, 0] -= 8
        y = x[:, 0].copy()
        train, test = np.arange(4000), np.arange(4000, 4500)
        ''',
        _split(recipe, "x"),
    )


def _split(recipe: Recipe, x: str = "x.astype(np.float32)") -> str:
    """The end of a function that has x, y, train and test."""
    rows = recipe.spec.rows
    return block(
        None if rows is None else f"train = train[:{rows}]",
        f"x, y = torch.from_numpy({x}){_moved(recipe)}, torch.from_numpy(y){_moved(recipe)}",
        "return x[train], y[train], x[test], y[test]",
    )


def _arrays(recipe: Recipe) -> str:
    device = "" if recipe.on_cpu else ".to(DEVICE)"
    return block(
        '"""Training and held-out rows, as gradtui has read and scaled them."""',
        'with np.load(Path(__file__).with_suffix(".npz")) as data:',
        '    names = "x_train", "y_train", "x_test", "y_test"',
        f"    return [torch.from_numpy(data[name]){device} for name in names]",
    )


def _moved(recipe: Recipe) -> str:
    return "" if recipe.on_cpu else ".to(DEVICE)"
