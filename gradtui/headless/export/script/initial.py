"""How the script draws the weights: the same numbers from the same generator."""

from __future__ import annotations

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
XAVIER = "math.sqrt(2 / (fan_in + fan_out))"


def drawing(recipe: Recipe) -> str:
    """The function `initialise`, and what it calls."""
    if recipe.net == "recurrent":
        return _recurrent(recipe)
    if recipe.spec.fixed.get("zero_init") == "on":
        return _zero(recipe)
    return _draw(recipe) + "\n\n\n" + _initialise(recipe)


def _zero(recipe: Recipe) -> str:
    return block("""
        def initialise(net):
            \"\"\"Zero: a convex loss forgets where it began.\"\"\"
            for parameter in net.parameters():
                nn.init.zeros_(parameter)
        """)


def deviation(recipe: Recipe) -> str:
    """Of the hidden weights, as code; "" where no normal distribution draws them."""
    gain = number(recipe.amount("init")) if recipe.word("init") == "gain" else ""
    rules = {
        "xavier": XAVIER,
        "he": "math.sqrt(2) / math.sqrt(fan_in)",
        "lecun": "1 / math.sqrt(fan_in)",
        "gain": f"{gain} / math.sqrt(fan_in)",
    }
    return rules.get(recipe.word("init"), "")


def _uniform(recipe: Recipe) -> bool:
    return recipe.spec.fixed.get("uniform") == "on"


def _draw(recipe: Recipe) -> str:
    """The function that gives a layer its weights, drawn as [in, out]."""
    place = "drawn.T"
    if recipe.net == "cnn" and recipe.depth:
        return block(
            "def set_weights(layer, drawn):",
            '    """`drawn` is [in, out]; torch has [out, in] of a layer, [out, in, 3, 3] of a kernel."""',
            "    if isinstance(layer, nn.Conv2d):",
            "        drawn = drawn.view(layer.in_channels, 3, 3, -1).permute(3, 0, 1, 2)",
            "        layer.weight = nn.Parameter(drawn)",
            "    else:",
            f"        layer.weight = nn.Parameter({place})",
            "    nn.init.zeros_(layer.bias)",
        )
    return block(
        "def set_weights(layer, drawn):",
        '    """`drawn` is [in, out], and torch has [out, in]."""',
        f"    layer.weight = nn.Parameter({place})",
        "    nn.init.zeros_(layer.bias)",
    )


def _initialise(recipe: Recipe) -> str:
    rule = recipe.word("init")
    said = SAID[rule]
    if _uniform(recipe):
        said = said.replace("N(0, 2 / (in + out))", "uniform, as Keras does")
    if recipe.depth and rule not in ("xavier", "torch"):
        said += "; logits: Xavier"
    lines = ["def initialise(net):", f'    """{said}."""', "    stream = torch_stream(2)"]
    if rule == "torch":
        lines.append(inner(_torch(recipe)))
    elif rule == "xavier":
        lines.append(inner(_normal(recipe, "[*net.hidden, net.out]", XAVIER)))
    else:
        lines += [
            inner(_orthogonal(recipe) if rule == "orthogonal" else _hidden(recipe)),
            inner(_output(recipe)),
        ]
    sigma_b = float(recipe.spec.fixed.get("sigma_b", 0))
    if sigma_b and recipe.depth and rule != "torch":
        lines += [
            "    for layer in net.hidden:",
            f"        layer.bias.data.normal_(0, {number(sigma_b)}, generator=stream)",
        ]
    return block(*lines)


def _layers(recipe: Recipe, layers: str) -> str:
    return layers if recipe.depth else "[net.out]"


def _sizes(recipe: Recipe, *, hidden: bool) -> list[str]:
    """Lines that know fan_in and fan_out of `layer`."""
    if recipe.net != "cnn" or not recipe.depth:
        return ["    fan_out, fan_in = layer.weight.shape"]
    if hidden:
        return ["    fan_in, size = 9 * layer.in_channels, layer.out_channels"]
    return ["    fan_out, fan_in = layer.weight.shape"]


def _normal(recipe: Recipe, layers: str, deviation_code: str) -> str:
    """Hidden layers and logits alike."""
    if recipe.net == "cnn" and recipe.depth:
        return block(_hidden(recipe), _output(recipe))
    return block(
        f"for layer in {_layers(recipe, layers)}:",
        *_sizes(recipe, hidden=True),
        *_drawn(recipe, deviation_code),
        "    set_weights(layer, drawn)",
    )


def _drawn(recipe: Recipe, deviation_code: str) -> list[str]:
    if _uniform(recipe) and deviation_code == XAVIER:
        return [
            f"    bound = math.sqrt(3) * {deviation_code}",
            "    drawn = torch.empty(fan_in, fan_out).uniform_(-bound, bound, generator=stream)",
        ]
    return [
        f"    deviation = {deviation_code}",
        "    drawn = torch.empty(fan_in, fan_out).normal_(0, deviation, generator=stream)",
    ]


def _hidden(recipe: Recipe) -> str:
    if not recipe.depth:
        return block()
    if recipe.net == "cnn":
        # An input feeds nine places of a kernel's output: torch's fan-out, too.
        code = deviation(recipe).replace("fan_out", "9 * size")
        return block(
            "for layer in net.hidden:",
            "    fan_in, size = 9 * layer.in_channels, layer.out_channels",
            *(line.replace("fan_out", "size") for line in _drawn(recipe, code)),
            "    set_weights(layer, drawn)",
        )
    return block(
        "for layer in net.hidden:",
        "    fan_out, fan_in = layer.weight.shape",
        *_drawn(recipe, deviation(recipe)),
        "    set_weights(layer, drawn)",
    )


def _orthogonal(recipe: Recipe) -> str:
    if not recipe.depth:
        return block()
    size = "9 * layer.in_channels, layer.out_channels"
    if recipe.net != "cnn":
        size = "layer.in_features, layer.out_features"
    return block(
        "for layer in net.hidden:",
        f"    drawn = nn.init.orthogonal_(torch.empty({size}), generator=stream)",
        "    set_weights(layer, drawn)",
    )


def _output(recipe: Recipe) -> str:
    drawn = _drawn(recipe, XAVIER)
    return block(
        "fan_out, fan_in = net.out.weight.shape",
        *(line.removeprefix("    ") for line in drawn),
        "set_weights(net.out, drawn)",
    )


def _torch(recipe: Recipe) -> str:
    sizes = {
        True: "fan_in, size = 9 * layer.in_channels, layer.out_channels",
        False: "size, fan_in = layer.weight.shape",
    }
    convolves = recipe.net == "cnn" and recipe.depth > 0
    head = sizes[False]
    if convolves:
        head = block(
            "size, fan_in = layer.weight.shape[0], layer.weight[0].numel()",
        )
    return block(
        f"for layer in {_layers(recipe, '[*net.hidden, net.out]')}:",
        f"    {head}",
        "    bound = 1 / math.sqrt(fan_in)",
        "    drawn = torch.empty(fan_in, size).uniform_(-bound, bound, generator=stream)",
        "    set_weights(layer, drawn)",
        "    layer.bias.data.uniform_(-bound, bound, generator=stream)",
    )


def _recurrent(recipe: Recipe) -> str:
    rule, kind = recipe.word("init"), cell(recipe)
    code = deviation(recipe).replace("(fan_in + fan_out)", "(WIDTH + WIDTH)")
    code = code.replace("fan_in", "WIDTH")
    drawn = {
        "orthogonal": "nn.init.orthogonal_(torch.empty(WIDTH, WIDTH), generator=stream)",
        "torch": "torch.empty(WIDTH, WIDTH).uniform_(-bound, bound, generator=stream)",
    }.get(rule, f"torch.empty(WIDTH, WIDTH).normal_(0, {code}, generator=stream)")
    said = f"W_hh: {SAID[rule]}; every symbol enters with length 1."
    one = f"net.w_hh.data.copy_({drawn})"
    many = block(
        f"for w_hh in net.w_hh.data.chunk({BLOCKS[kind]}, dim=1):", f"    w_hh.copy_({drawn})"
    )
    forget = float(recipe.spec.fixed["forget_bias"])
    gate = {"lstm": "forget", "gru": "update"}.get(kind, "")
    return block(
        "def initialise(net):",
        f'    """{said}"""',
        "    stream, bound = torch_stream(2), 1 / math.sqrt(WIDTH)",
        "    net.w_xh.data.normal_(0, 1 / math.sqrt(WIDTH), generator=stream)",
        inner(one if kind == "rnn" else many),
        "    drawn = torch.empty(net.out.weight.shape[::-1])",
        "    net.out.weight = nn.Parameter(drawn.uniform_(-bound, bound, generator=stream).T)",
        "    nn.init.zeros_(net.out.bias)",
        f"    net.bias.data[WIDTH : 2 * WIDTH] = {number(forget)}  # of the {gate} gate"
        if forget and gate
        else None,
    )
