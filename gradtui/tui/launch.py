"""How the lab begins another run: what stays from the command line, and who opens it."""

from __future__ import annotations

from collections.abc import Callable

from gradtui.catalog.specs import Request, build_spec
from gradtui.core.frozen import frozen
from gradtui.core.source import Source
from gradtui.core.spec import Spec


@frozen
class Launch:
    """The machine's part of a request (device, seed, probe) stays; the experiment's part goes.

    Knobs, interventions, length and data of the command line were meant for the experiment
    that stood beside them.
    """

    request: Request
    open_source: Callable[[Spec], Source]

    def again(self, experiment: str) -> Source:
        """A source that runs an experiment as its recipe says."""
        first = self.request
        asked = Request(
            experiment, seed=first.seed, device=first.device, probe=first.probe,
            sample_every=first.sample_every,
        )  # fmt: skip
        return self.open_source(build_spec(asked))

    def stays(self) -> str:
        """What a person who gave options should know; nothing if there was none."""
        first = self.request
        given = {
            "--set": first.sets, "--at": first.at, "--steps": first.steps,
            "--epochs": first.epochs, "--data": first.data,
        }  # fmt: skip
        gone = [option for option, value in given.items() if value]
        kept = [f"seed {first.seed}"] if first.seed else []
        kept += [f"device {first.device}"] if first.device != "auto" else []
        parts = [f"{' and '.join(kept)} stay{'s' * (len(kept) == 1)}"] if kept else []
        parts += [f"{', '.join(gone)} {'were' if gone[1:] else 'was'} for the first run"] * bool(
            gone
        )
        return "; ".join(parts)
