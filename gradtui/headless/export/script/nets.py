"""The class `Net` of an MLP or of a net of convolutions, and the functions that it calls."""

from __future__ import annotations

from gradtui.headless.export.script.recipe import Recipe, activation_code
from gradtui.headless.export.script.text import block, inner


def net(recipe: Recipe) -> str:
    """The class `Net`."""
    convolves = recipe.net == "cnn"
    return block(
        "class Net(nn.Module):",
        inner(_docstring(recipe)),
        "",
        inner(_convolving(recipe) if convolves else _dense(recipe)),
        "",
        inner(_forward(recipe)),
    )


def _docstring(recipe: Recipe) -> str:
    if not recipe.depth:
        return '"""Softmax regression: one layer, the logits."""'
    what = "3×3 convolutions of {} channels" if recipe.net == "cnn" else "layers of {} units"
    return f'"""{recipe.depth} hidden {what.format(recipe.width)}, and the logits."""'


def _dense(recipe: Recipe) -> str:
    batch = "BatchNorm(WIDTH)" if lonely(recipe) else "nn.BatchNorm1d(WIDTH)"
    norm = {"layer": "nn.LayerNorm(WIDTH)", "batch": batch}
    if not recipe.depth:
        return block("""
            def __init__(self, features, classes):
                super().__init__()
                self.out = nn.Linear(features, classes)
            """)
    return block(
        """
        def __init__(self, features, classes):
            super().__init__()
            sizes = [features, *[WIDTH] * DEPTH]
            self.hidden = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
            self.out = nn.Linear(WIDTH, classes)
        """,
        inner(_parts(recipe, norm)) or None,
    )


def _convolving(recipe: Recipe) -> str:
    norm = {"layer": "nn.LayerNorm(WIDTH)", "batch": "nn.BatchNorm1d(WIDTH)"}
    if not recipe.depth:
        return block("""
            def __init__(self, features, classes):
                super().__init__()
                self.out = nn.Linear(IMAGE[0], classes)
            """)
    return block(
        """
        def __init__(self, features, classes):
            super().__init__()
            sizes = [IMAGE[0], *[WIDTH] * DEPTH]
            self.hidden = nn.ModuleList(
                nn.Conv2d(*pair, kernel_size=3, padding=1) for pair in pairwise(sizes)
            )
            self.out = nn.Linear(WIDTH, classes)
        """,
        inner(_parts(recipe, norm)) or None,
    )


def _parts(recipe: Recipe, norms: dict[str, str]) -> str:
    """What lies between the layers."""
    norm = norms.get(str(recipe.knobs["norm"]))
    gated = recipe.knobs["residual"] == "rezero"
    return block(
        None if norm is None else f"self.norms = nn.ModuleList({norm} for _ in self.hidden)",
        "self.gates = nn.ParameterList(torch.zeros(1) for _ in self.hidden[1:])" if gated else None,
        "self.stream = torch_stream(3)" if recipe.number("dropout") else None,
    )


def lonely(recipe: Recipe) -> bool:
    """Whether some batch of an MLP may have a single row, of which torch takes no variance."""
    if recipe.net == "cnn" or recipe.knobs["norm"] != "batch":
        return False
    size, rows = recipe.knobs["batch_size"], recipe.info.rows
    return rows == 1 if size == "full" else int(size) == 1 or rows % int(size) == 1


def _forward(recipe: Recipe) -> str:
    convolves = recipe.net == "cnn"
    pooled = "x.flatten(2).mean(2)" if convolves else "x"
    return block(
        "def forward(self, x):",
        _CHANNELS_LAST if convolves and recipe.depth else None,
        "    x = x.view(-1, *IMAGE)" if convolves else None,
        inner(_hidden(recipe)) if recipe.depth else None,
        f"    return self.out({pooled})",
    )


def _hidden(recipe: Recipe) -> str:
    residual, norm = recipe.knobs["residual"], str(recipe.knobs["norm"])
    z = "layer(x).to(memory_format=torch.channels_last)" if recipe.net == "cnn" else "layer(x)"
    if norm != "none":
        z = f"per_position(self.norms[i], {z})" if recipe.net == "cnn" else f"self.norms[i]({z})"
    activation = activation_code(recipe)
    h = f"{activation}({z})" if activation else z
    dropout, plain = recipe.number("dropout"), residual == "off"
    if plain and not dropout:
        loop = "for i, layer in enumerate(self.hidden):" if norm != "none" else None
        return block(loop or "for layer in self.hidden:", f"    x = {h}")
    after = {"on": "x = x + h if i else h", "rezero": "x = x + self.gates[i - 1] * h if i else h"}
    return block(
        "for i, layer in enumerate(self.hidden):"
        if norm != "none" or not plain
        else "for layer in self.hidden:",
        f"    h = {h}",
        "    h = dropout(h, self.stream) if self.training else h" if dropout else None,
        f"    {after.get(str(residual), 'x = h')}",
    )


def helpers(recipe: Recipe) -> list[str]:
    """Functions and classes that the net calls."""
    found = []
    if lonely(recipe):
        found.append(_LONELY.strip())
    if recipe.net == "cnn" and recipe.depth and recipe.knobs["norm"] != "none":
        found.append(_PER_POSITION.strip())
    if recipe.number("dropout") and recipe.depth:
        found.append((_DROPPED_CHANNELS if recipe.net == "cnn" else _DROPPED).strip())
    return found


_CHANNELS_LAST = (
    "    # Channels lie last in memory, as in that run: sums in another order round otherwise."
)
_LONELY = '''
class BatchNorm(nn.BatchNorm1d):
    """A batch of one row has no variance: it takes the running one."""

    def forward(self, z):
        return F.batch_norm(
            z, self.running_mean, self.running_var, self.weight, self.bias,
            training=self.training and len(z) > 1,
        )
'''
_PER_POSITION = '''
def per_position(norm, z):
    """Each position of each image is a row; a unit is a channel."""
    rows = z.permute(0, 2, 3, 1)
    return norm(rows.flatten(0, 2)).view(rows.shape).permute(0, 3, 1, 2)
'''
_DROPPED = '''
def dropout(h, stream):
    """Inverted dropout, Srivastava et al. 2014, from a stream of its own."""
    kept = torch.rand(h.shape, generator=stream, device=h.device) >= DROPOUT
    return h * (kept.float() / (1 - DROPOUT))
'''
_DROPPED_CHANNELS = '''
def dropout(h, stream):
    """Inverted dropout, Srivastava et al. 2014, from a stream of its own; channels come last."""
    n, channels, *image = h.shape
    drawn = torch.rand(n, *image, channels, generator=stream, device=h.device)
    return h * ((drawn >= DROPOUT).float() / (1 - DROPOUT)).permute(0, 3, 1, 2)
'''
