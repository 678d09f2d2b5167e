"""Frames put together and taken apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradtui.core.records import Frame

SCALARS = ("loss", "accuracy", "penalty")
STATISTICS = ("grad_norm", "weight_norm", "update_ratio", "bias_rms")


def joined(frames: Sequence[Frame]) -> Frame:
    """Frames that are alike and follow each other as one."""
    if len(frames) == 1:
        return frames[0]
    last = frames[-1]
    columns = {
        name: None
        if getattr(last, name) is None
        else np.concatenate([getattr(frame, name) for frame in frames])
        for name in ("steps", *SCALARS, *STATISTICS)
    }
    return Frame(
        run=last.run,
        branch=last.branch,
        no_bias=last.no_bias,
        seconds=sum(frame.seconds for frame in frames),
        probe_seconds=sum(frame.probe_seconds for frame in frames),
        merged=sum(frame.merged for frame in frames),
        **columns,  # type: ignore[arg-type]
    )


def cut(frame: Frame, start: int, stop: int) -> Frame:
    """Some rows of a frame; what it took is shared out."""
    count = len(frame.steps)
    if (start, stop) == (0, count):
        return frame
    share = (stop - start) / count
    columns = {
        name: None if getattr(frame, name) is None else getattr(frame, name)[start:stop]
        for name in ("steps", *SCALARS, *STATISTICS)
    }
    return Frame(
        run=frame.run,
        branch=frame.branch,
        no_bias=frame.no_bias,
        seconds=frame.seconds * share,
        probe_seconds=frame.probe_seconds * share,
        merged=frame.merged if stop == count else 0,
        **columns,  # type: ignore[arg-type]
    )
