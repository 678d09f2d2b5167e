"""How the script draws the weights: the same numbers from the same generator."""

from __future__ import annotations

from gradtui.headless.export.script import stacked
from gradtui.headless.export.script.recipe import Recipe
from gradtui.headless.export.script.recurrent import BLOCKS, cell
from gradtui.headless.export.script.text import block, inner, number

SAID = {
    "xavier": "Xavier, N(0, 2 / (in + out)); Glorot, Bengio 2010",
    "he": "He, N(0, 2 / in); He et al. 2015",
    "lecun": "LeCun, N(0, 1 / in); LeCun et al. 1998",
    "gain": "N(0, gain² / in)",
    "orthogonal": "Orthogonal, all singular values are 1; Saxe, McClelland, Ganguli 2014",
    "torch": "torch's default, uniform within 1 / sqrt(in)",
}
DENSE = "fan_out, fan_in = layer.weight.shape"
KERNEL = "fan_in, fan_out = 9 * layer.in_channels, layer.out_channels"
BOUND = "bound = 1 / math.sqrt(fan_in)"
NORMAL = "drawn = torch.empty(fan_in, fan_out).normal_(0, deviation, generator=stream)"
UNIFORM = "drawn = torch.empty(fan_in, fan_out).uniform_(-bound, bound, generator=stream)"
ORTHOGONAL = "drawn = nn.init.orthogonal_(torch.empty(fan_in, fan_out), generator=stream)"
SET = "set_weights(layer, drawn)"


def drawing(recipe: Recipe) -> str:
    """The function `initialise`, and what it calls."""
    if recipe.net == "recurrent":
        return _recurrent(recipe)
    return f"{_set_weights(recipe)}\n\n\n{_initialise(recipe)}"


def _set_weights(recipe: Recipe) -> str:
    """The function that gives a layer its weights, drawn as [in, out]."""
    convolves = recipe.net == "cnn" and recipe.depth > 0
    return block(
        "def set_weights(layer, drawn):",
        '    """`drawn` is [in, out], and torch has [out, in]."""',
        "    layer.weight = nn.Parameter(drawn.T)" if not convolves else None,
        _KERNELS if convolves else None,
        "    nn.init.zeros_(layer.bias)",
    )


def _initialise(recipe: Recipe) -> str:
    if recipe.spec.fixed.get("zero_init") == "on":
        return block(
            "def initialise(net):",
            '    """Zero: a convex loss forgets where it began."""',
            f"    for layer in {_layers(recipe)}:",
            "        set_weights(layer, torch.zeros(layer.in_features, layer.out_features))",
            inner(_biases(recipe)) or None,
        )
    return block(
        "def initialise(net):",
        f'    """{_said(recipe)}."""',
        "    stream = torch_stream(2)",
        inner(_weights(recipe)),
        inner(_biases(recipe)) or None,
    )


def _layers(recipe: Recipe) -> str:
    return "[*net.hidden, net.out]" if recipe.depth else "[net.out]"


def _said(recipe: Recipe) -> str:
    rule = recipe.word("init")
    if not recipe.depth and rule != "torch":
        rule = "xavier"
    said = SAID[rule]
    if _uniform(recipe):
        said = said.replace("N(0, 2 / (in + out))", "uniform as in Keras")
    return said if rule in ("xavier", "torch") else f"{said}; logits: Xavier"


def _weights(recipe: Recipe) -> str:
    """All layers in one loop where one rule holds for them; else the logits apart."""
    rule, convolves = recipe.word("init"), recipe.net == "cnn"
    if not recipe.depth or (rule in ("xavier", "torch") and not convolves):
        everywhere = rule if rule == "torch" else "xavier"
        lines = _lines(recipe, everywhere, convolves=False)
        return block(f"for layer in {_layers(recipe)}:", *map(inner, lines))
    logits = _lines(recipe, "torch" if rule == "torch" else "xavier", convolves=False)
    return block(
        "for layer in net.hidden:",
        *map(inner, _lines(recipe, rule, convolves=convolves)),
        *(line.replace("layer", "net.out") for line in logits),
    )


def _lines(recipe: Recipe, rule: str, *, convolves: bool) -> list[str]:
    """How a rule draws one `layer`."""
    sizes = KERNEL if convolves else DENSE
    if rule == "orthogonal":
        return [sizes, ORTHOGONAL, SET]
    if rule == "torch":
        biases = "layer.bias.data.uniform_(-bound, bound, generator=stream)"
        return [sizes, BOUND, UNIFORM, SET, biases]
    code = deviation(recipe, rule)
    if convolves:  # an input feeds nine places of an output
        code = code.replace("fan_out", "9 * fan_out")
    if rule == "xavier" and _uniform(recipe):
        return [sizes, f"bound = math.sqrt(3) * {code}", UNIFORM, SET]
    return [sizes, f"deviation = {code}", NORMAL, SET]


def deviation(recipe: Recipe, rule: str) -> str:
    """Of normal weights, as code; "" where nothing normal draws them."""
    gain = number(recipe.amount("init")) if rule == "gain" else ""
    return {
        "xavier": "math.sqrt(2 / (fan_in + fan_out))",
        "he": "math.sqrt(2) / math.sqrt(fan_in)",
        "lecun": "1 / math.sqrt(fan_in)",
        "gain": f"{gain} / math.sqrt(fan_in)",
    }.get(rule, "")


def _uniform(recipe: Recipe) -> bool:
    return recipe.spec.fixed.get("uniform") == "on"


def _biases(recipe: Recipe) -> str:
    """Drawn behind all weights, where the experiment draws them."""
    width = float(recipe.spec.fixed.get("sigma_b", 0))
    if not (width and recipe.depth) or recipe.word("init") == "torch":
        return ""
    zero = recipe.spec.fixed.get("zero_init") == "on"
    return block(
        "stream = torch_stream(2)" if zero else None,
        "for layer in net.hidden:",
        f"    layer.bias.data.normal_(0, {number(width)}, generator=stream)",
    )


def _recurrent(recipe: Recipe) -> str:
    rule, kind = recipe.word("init"), cell(recipe)
    code = deviation(recipe, rule).replace("(fan_in + fan_out)", "(WIDTH + WIDTH)")
    code = code.replace("fan_in", "WIDTH")
    drawn = {
        "orthogonal": "nn.init.orthogonal_(torch.empty(WIDTH, WIDTH), generator=stream)",
        "torch": "torch.empty(WIDTH, WIDTH).uniform_(-bound, bound, generator=stream)",
    }.get(rule, f"torch.empty(WIDTH, WIDTH).normal_(0, {code}, generator=stream)")
    if recipe.depth > 1:
        return stacked.drawing(recipe, SAID[rule], drawn)
    said = f"W_hh: {SAID[rule]}; every symbol enters with length 1."
    turns = rule == "orthogonal"
    one = f"net.w_hh.data.copy_({drawn})"
    many = block(
        f"for w_hh in net.w_hh.data.chunk({BLOCKS[kind]}, dim=1):",
        f"    w_hh.copy_({drawn})",
        _ROTATION if turns else None,
    )
    small = ".mul_(0.01)" if turns else ""
    forget = float(recipe.spec.fixed["forget_bias"])
    gate = {"lstm": "forget", "gru": "update"}.get(kind, "")
    return block(
        "def initialise(net):",
        f'    """{said}"""',
        "    stream, bound = torch_stream(2), 1 / math.sqrt(WIDTH)",
        "    net.w_xh.data.normal_(0, 1 / math.sqrt(WIDTH), generator=stream)",
        inner(one if kind == "rnn" and not turns else many),
        "    drawn = torch.empty(net.out.weight.shape[::-1])",
        f"    drawn.uniform_(-bound, bound, generator=stream){small}",
        "    net.out.weight = nn.Parameter(drawn.T)",
        "    nn.init.zeros_(net.out.bias)",
        f"    net.bias.data[WIDTH : 2 * WIDTH] = {number(forget)}  # of the {gate} gate"
        if forget and gate
        else None,
    )


_ROTATION = """
    if torch.linalg.det(w_hh) < 0:  # a rotation leaves no direction as it is
        w_hh[:, 0].neg_()
""".strip("\n")
_KERNELS = """
    if isinstance(layer, nn.Conv2d):  # [out, in, 3, 3]
        drawn = drawn.view(layer.in_channels, 3, 3, -1).permute(3, 0, 1, 2)
    else:
        drawn = drawn.T
    layer.weight = nn.Parameter(drawn)
""".strip("\n")
