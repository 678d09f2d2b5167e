"""The whole state of a run between two steps, as numbers: taken, kept, and put back bit by bit.

A state is a document, which JSON can hold, and arrays by name: what the next step reads and
nothing else. Taking one costs three copies of the parameters, or less where they are as they were
in the one before; nothing of it is a tensor or an object of ours, so that it can be written by
another thread, and read without unpickling.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradtui.catalog.knobs import KNOBS, knob
from gradtui.core.errors import UsageError
from gradtui.core.frozen import frozen
from gradtui.core.text import printable
from gradtui.engine.run import Run

if TYPE_CHECKING:
    from gradtui.engine.training import Training

FORMAT = 1
PARTS = ("plain", "norm_part", "gate_part")
"""The optimizer's memories of a run."""

FAULTS = (
    LookupError, TypeError, ValueError, AttributeError, OverflowError, RuntimeError, UsageError,
)  # fmt: skip

Document = dict[str, Any]
Arrays = Mapping[str, NDArray[Any]]


@frozen
class Checkpoint:
    """What a run was before the step `step`."""

    document: Document
    arrays: Arrays

    @property
    def step(self) -> int:
        return int(self.document["step"])


def memory(run: Run) -> dict[str, Tensor]:
    """Every tensor that a step reads and moves, by a name of its own; the tensors themselves."""
    found = {"parameters": run.parameters.flat}
    for name in PARTS:
        slots = getattr(run, name)
        found |= {f"{name}.first": slots.first, f"{name}.second": slots.second}
    statistics = ("means", run.running.means), ("variances", run.running.variances)
    for name, tensors in statistics:
        found |= {f"running.{name}.{i}": tensor for i, tensor in enumerate(tensors)}
    return found


def snapshot(training: Training) -> Checkpoint:
    """A copy of all that the next step reads. Called between two steps, on the run's thread."""
    run, batches, copies = training.net, training.net.batches, training.copies
    arrays = {name: copies.of(name, tensor) for name, tensor in memory(run).items()}
    arrays["dropout"] = copies.of("dropout", run.dropout_stream.get_state())
    arrays["order"] = batches.order  # drawn anew for each epoch, never changed in place
    document = {
        "format": FORMAT,
        "device": run.device.type,
        "step": training.step,
        "end": training.end,
        "length": training.length,
        "looked_at": training.looked_at,
        "branch": training.outbox.branch,
        "branches": training.branches,
        "undos": training.undos.numbers,
        "script": [list(item) for item in training.script],
        "knobs": dict(run.knobs),
        "strength_given": run.strength_given,
        "decay_given": run.decay_given,
        "updates": {name: getattr(run, name).steps for name in PARTS},
        "batch": {"size": batches.size, "start": batches.start, "position": batches.position},
        "generator": batches.generator.bit_generator.state,
    }
    return Checkpoint(document, arrays)


def restore(training: Training, state: Checkpoint) -> None:
    """Put a state back in place, on the run's thread; what it holds is checked first.

    `UsageError` where it does not fit: it is of another net, or its file was tampered with.
    """
    try:
        _check(training.net, state)
        _restore(training, state.document, state.arrays)
    except FAULTS as error:
        raise misfit(error) from error


def misfit(error: Exception) -> UsageError:
    """The sentence for a state that is not one of this run."""
    reason = f"{type(error).__name__}: {printable(str(error))}".rstrip(".")
    return UsageError(f"this checkpoint does not fit the run ({reason}).")


def _check(run: Run, state: Checkpoint) -> None:
    document, arrays = state.document, state.arrays
    if document["format"] != FORMAT:
        raise ValueError(f"format {document['format']!r}, this gradtui reads {FORMAT}")
    wanted: dict[str, tuple[tuple[int, ...], np.dtype[Any]]]
    wanted = {name: (tuple(t.shape), np.dtype(np.float32)) for name, t in memory(run).items()}
    wanted["order"] = ((run.batches.rows,), np.dtype(np.int64))
    for name, (shape, dtype) in wanted.items():
        found = arrays[name]
        if (found.shape, found.dtype) != (shape, dtype):
            raise ValueError(f"{name} is {found.dtype} {found.shape}, not {dtype} {shape}")
    if not np.array_equal(np.sort(arrays["order"]), np.arange(run.batches.rows)):
        raise ValueError("order is no permutation")
    changing = {name for name, entry in KNOBS.items() if not (entry.fixed or entry.action)}
    if set(document["knobs"]) != changing:
        raise ValueError("its knobs are others")


def _restore(training: Training, document: Document, arrays: Arrays) -> None:
    run, batches = training.net, training.net.batches
    for name, tensor in memory(run).items():
        tensor.copy_(torch.tensor(arrays[name]))  # a copy: it may be read-only
    if document["device"] == run.device.type:  # the generators of two kinds differ
        run.dropout_stream.set_state(torch.tensor(arrays["dropout"]))
    for name in PARTS:
        getattr(run, name).steps = int(document["updates"][name])
    run.knobs = {name: knob(name).read(str(value)) for name, value in document["knobs"].items()}
    run.strength_given = bool(document["strength_given"])
    run.decay_given = bool(document["decay_given"])
    run.read_knobs()
    torch.set_flush_denormal(run.knobs["flush"] == "on")
    batch = document["batch"]
    batches.generator.bit_generator.state = document["generator"]
    batches.restore(
        np.array(arrays["order"]),
        size=int(batch["size"]),
        start=int(batch["start"]),
        position=int(batch["position"]),
    )
    training.step, training.end = int(document["step"]), int(document["end"])
    training.length = int(document["length"])
    training.looked_at = int(document["looked_at"])
    training.forget_batch()
    training.script = [
        (int(step), str(name), knob(name).read(str(value)))
        for step, name, value in document["script"]
    ]
