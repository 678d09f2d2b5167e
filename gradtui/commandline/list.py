"""`gradtui list`: all that there is to choose from."""

from __future__ import annotations

import click

from gradtui.core.errors import unknown
from gradtui.core.language import ENGLISH, speak

KINDS = (
    "experiments", "activations", "regularizers", "rules", "knobs", "lessons", "themes", "keys",
    "demos",
)  # fmt: skip


@click.command("list")
@click.argument("kind", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def command(kind: str | None, as_json: bool) -> None:
    """List experiments, activations, regularizers, rules, knobs, lessons, themes, keys or demos."""
    if kind is not None and kind not in KINDS:
        raise unknown("kind", kind, KINDS)
    if as_json:
        speak(ENGLISH)  # programs read it
    from gradtui.headless import listing

    listing.show(KINDS if kind is None else (kind,), as_json=as_json, one=kind is not None)
