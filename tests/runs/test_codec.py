"""The bytes of a run file: what comes back, how near it is, and what is refused."""

from __future__ import annotations

import json
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gradtui.runs import blobs, logcode
from gradtui.runs.blobs import LOG, PLAIN, SIGNED, ZIP, BrokenError

SIZES = arrays.array_shapes(min_dims=2, max_dims=2, max_side=40)
MAGNITUDES = st.floats(0, allow_infinity=True) | st.just(np.nan)


@given(arrays.arrays(np.float64, SIZES, elements=MAGNITUDES))
def test_magnitudes_are_within_a_quarter_of_a_percent(values: np.ndarray) -> None:
    with np.errstate(divide="ignore"):
        logs = np.log10(values)
    found = blobs.unpack(blobs.pack({"a": logs}, codes={"a": LOG})).columns["a"]
    for kind in (np.isnan, np.isposinf, np.isneginf):
        np.testing.assert_array_equal(kind(found), kind(logs))
    finite = np.isfinite(logs)
    # float32 keeps log10 of 1e-300 to 1.5e-5, on the way in and on the way out
    assert (np.abs(found[finite] - logs[finite]) <= logcode.STEP / 2 + 4e-5).all()


@given(arrays.arrays(np.float64, SIZES, elements=st.floats(-1e30, 1e30, width=64)))
def test_signed_values_keep_their_sign(values: np.ndarray) -> None:
    values[np.abs(values) < 1e-30] = 0
    found = blobs.unpack(blobs.pack({"a": values}, code=SIGNED)).columns["a"]
    np.testing.assert_array_equal(np.sign(found), np.sign(values))
    np.testing.assert_allclose(found, values, rtol=2.5e-3)


def test_signed_values_that_are_not_finite() -> None:
    values = np.array([[1.5, -np.inf, np.inf, np.nan, 0.0, -2.0]])
    found = blobs.unpack(blobs.pack({"a": values}, code=SIGNED)).columns["a"]
    np.testing.assert_allclose(found, values, rtol=2.5e-3)


@pytest.mark.parametrize("code", [PLAIN, ZIP])
@given(data=st.data())
def test_everything_else_comes_back_bit_by_bit(code: str, data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from([np.float64, np.float32, np.int64, np.uint32, np.bool_]))
    array = data.draw(arrays.arrays(dtype, arrays.array_shapes(min_side=0, max_side=20)))
    found = blobs.unpack(blobs.pack({"a": array, "b": np.array(2.0)}, {"note": 1}, code=code))
    assert found.columns["a"].dtype == array.dtype
    assert found.columns["a"].tobytes() == array.tobytes()
    assert found.columns["a"].shape == array.shape
    assert (found.columns["b"].shape, found.notes) == ((), {"note": 1})


def blob(head: object, body: bytes = b"") -> bytes:
    text = json.dumps(head).encode()
    return struct.pack("<I", len(text)) + text + body


def column(**changes: object) -> dict[str, object]:
    known = {"name": "a", "code": "zip", "dtype": "<f8", "shape": [2], "size": 0} | changes
    return {"columns": [list(known.values())], "notes": {}}


BOMB = zlib.compress(b"\0" * 100_000_000)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\1", struct.pack("<I", 2**31), blob([]), blob({}), blob({"columns": 1, "notes": {}}),
        blob({"columns": [[1]], "notes": {}}), blob(column(dtype="O")), blob(column(dtype="|O8")),
        blob(column(dtype=["<f8"])), blob(column(shape=[-1])), blob(column(shape=[True])),
        blob(column(shape=[2**40, 2**40])), blob(column(shape=[2**28])), blob(column(size=5)),
        blob(column(code="pickle")), blob(column(code=[])), blob(column(size=-1)),
        blob(column(code="log", shape=[2**20, 2**20])), blob(column(size=2), b"ab"),
        blob(column(size=len(BOMB)), BOMB), blob(column(size=len(BOMB), code="log"), BOMB),
        blob(column(size=len(BOMB), code="log", shape=[1, 1]), BOMB),
        b"\xff\xff\0\0" + b"[" * 0xFFFF, blob(column(shape=[0], code="plain"), b"more"),
    ],
)  # fmt: skip
def test_what_is_no_blob_is_refused_and_costs_little(data: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(BrokenError):
            blobs.unpack(data)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_read(junk: bytes, at: int, change: int) -> None:
    good = bytearray(blobs.pack({"a": np.ones((3, 4)), "b": np.zeros((5, 2))}, codes={"b": LOG}))
    good[at % len(good)] ^= change
    for data in (bytes(good), bytes(good[: at % len(good)]), junk):
        try:
            blobs.unpack(data)
        except BrokenError:
            continue
