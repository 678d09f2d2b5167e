"""What is needed to go on with a run, out of its file; the file is left as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gradtui.catalog.vetting import vet_knobs, vet_script
from gradtui.core.errors import UsageError
from gradtui.core.frozen import frozen
from gradtui.core.records import Applied, Info, Record
from gradtui.core.spec import Spec
from gradtui.runs import documents, repeating, rewind, specs
from gradtui.runs.checkpoints import Checkpoint
from gradtui.runs.order import Place
from gradtui.runs.overview import Overview
from gradtui.runs.reader import RunFile

WHOLE = ("step", "end", "length", "looked_at", "branch", "branches")
"""Of the document of a state."""


@frozen
class Kept:
    """A state out of a file: not yet held against the net that it is of."""

    document: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]
    number: int = 0
    changes: tuple[Applied, ...] = ()
    """Of a state before an intervention: which one, and what it changed."""


@frozen
class Return:
    """A run as it stood at its newest checkpoint."""

    path: Path
    info: Info
    spec: Spec
    checkpoint: int
    """Its id in the file, which is cut behind it when training goes on; 0: at the start."""
    state: Kept | None
    """None of a run that was killed before its first checkpoint: it begins again."""
    pasts: tuple[Kept, ...]
    past: tuple[Record, ...]
    """What a screen is told of the run up to there."""
    longer: bool = False
    """A length was given, which takes the place of the one that the run had."""

    @property
    def step(self) -> int:
        """Index of the step that comes next."""
        return 0 if self.state is None else int(self.state.document["step"])

    @property
    def end(self) -> int:
        """Where the run was to end; -1: nowhere."""
        if self.state is not None and not self.longer:
            return int(self.state.document["end"])
        return self.spec.length(max(self.info.steps_per_epoch, 1))

    @property
    def knobs(self) -> dict[str, Any]:
        """As they are at that step."""
        return dict(self.info.knobs if self.state is None else self.state.document["knobs"])


def read(path: Path, *, steps: int | None = None, epochs: int | None = None) -> Return:
    """The newest state of a run; `steps` or `epochs` are its new length in all.

    The caller holds its lock. `UsageError` where it cannot be read.
    """
    with RunFile(path, mine=True) as file, file.guarded():
        every = file.checkpoints()
        chosen = [each for each in every if each.document.get("kind") != "before"]
        newest = chosen[-1] if chosen else None
        spec = file.trainable()
        if steps is not None or epochs is not None:
            spec = replace(spec, steps=steps, epochs=epochs)
        told = repeating.told_behind(file.file, newest)
        document = None if newest is None else dict(newest.document)
        spec, document = repeating.scripted(spec, document, told)
        with file.moment():
            place = Place() if newest is None else rewind.place_of(file.file, newest.id)
            past = tuple(Overview(file.file, file.info, place).records())
        found = Return(
            path=path,
            info=file.info,
            spec=spec,
            checkpoint=0 if newest is None else newest.id,
            state=None if newest is None else Kept(document or {}, file.arrays(newest)),
            pasts=tuple(_before(file, each) for each in every if newest and _meant(each, newest)),
            past=past,
            longer=steps is not None or epochs is not None,
        )
        _check(found)
        return found


def _meant(each: Checkpoint, newest: Checkpoint) -> bool:
    """Whether undo could go back to it."""
    numbers = newest.document.get("undos")
    number = each.document.get("number")
    return isinstance(numbers, list) and number is not None and number in numbers


def _before(file: RunFile, found: Checkpoint) -> Kept:
    changes = []
    for row in found.document.get("changes", []):
        fields = dict(zip(("step", "knob", "old", "value"), row, strict=True))
        changes.append(documents.read_record("applied", documents.write(fields)))
    number = found.document["number"]
    applied = tuple(change for change in changes if isinstance(change, Applied))
    if type(number) is not int:
        raise documents.UnreadableError("a checkpoint without its number")
    return Kept(found.document, file.arrays(found), number, applied)


def _check(found: Return) -> None:
    """What is read before the net stands; the rest is held against the net."""
    if found.state is None:
        return
    document = found.state.document
    for name in WHOLE:
        value = document.get(name)
        if type(value) is not int or not -1 <= value < 2**53:
            raise documents.UnreadableError(f"a checkpoint whose {name} is {value!r:.40}")
    try:
        vet_knobs(specs.knobs(document.get("knobs")))
        vet_script(specs.script(document.get("script")))
    except UsageError as error:
        raise documents.UnreadableError(f"a checkpoint of another run: {error}") from error
