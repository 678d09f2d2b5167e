"""The classes of a Transformer, an encoder and a decoder or a decoder alone; how it is drawn."""

from __future__ import annotations

from gradtui.headless.export.script.initial import (
    BOUND,
    NORMAL,
    ORTHOGONAL,
    SAID,
    UNIFORM,
    deviation,
)
from gradtui.headless.export.script.recipe import Recipe, activation_code
from gradtui.headless.export.script.text import block, inner

ATTENTION = '''
class Attention(nn.Module):
    """softmax(q k / sqrt(d of a head)) v over what is seen; Vaswani et al. 2017."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(4))

    def forward(self, a, seen, memory=None):
        memory = a if memory is None else memory
        projected = self.q(a), self.k(memory), self.v(memory)
        q, k, v = (z.unflatten(-1, (HEADS, -1)).transpose(1, 2) for z in projected)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        return self.out(mixed.transpose(1, 2).flatten(2))
'''
FEED = '''
class FeedForward(nn.Module):
    """Two layers at each place, four widths between them."""

    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, a):
        return self.outer({act})
'''
SINES = '''
def places(length):
    """[length, d] Each place by sines and cosines, wave lengths from 2 pi to 10000 * 2 pi."""
    place = torch.arange(length, dtype=torch.float64)[:, None]
    rate = torch.exp(torch.arange(0, WIDTH, 2) * (-math.log(10000.0) / WIDTH))
    angle = place * rate
    return torch.stack((angle.sin(), angle.cos()), 2).flatten(1)[:, :WIDTH].float()
'''
DROPOUT = '''
def dropout(h, stream):
    """Inverted dropout, Srivastava et al. 2014, from a stream of its own."""
    kept = torch.rand(h.shape, generator=stream, device=h.device) >= DROPOUT
    return h * (kept.float() / (1 - DROPOUT))
'''


def pre(recipe: Recipe) -> bool:
    """The norm stands before a branch, and once more behind the last one."""
    return recipe.spec.fixed["norm_position"] == "pre"


def helpers(recipe: Recipe) -> list[str]:
    """All that the net is made of."""
    activation = activation_code(recipe)
    act = f"{activation}(self.inner(a))" if activation else "self.inner(a)"
    found = [SINES.strip(), ATTENTION.strip(), FEED.strip().replace("{act}", act), _join(recipe)]
    if recipe.number("dropout"):
        found.insert(0, DROPOUT.strip())
    return found


def _join(recipe: Recipe) -> str:
    """The class that joins a branch with the stream."""
    residual, dropped = recipe.knobs["residual"], recipe.number("dropout") > 0
    joined = {"on": "a + h", "rezero": "a + self.gate * h"}.get(str(residual), "h")
    said = "a + branch(norm(a))" if pre(recipe) else "norm(a + branch(a))"
    return block(
        "class Join(nn.Module):",
        f'    """{said if residual != "off" else said.replace("a + ", "")}"""',
        "",
        f"    def __init__(self, branch{', stream' if dropped else ''}):",
        "        super().__init__()",
        "        self.branch, self.norm = branch, nn.LayerNorm(WIDTH)",
        "        self.gate = nn.Parameter(torch.zeros(1))" if residual == "rezero" else None,
        "        self.stream = stream" if dropped else None,
        "",
        "    def forward(self, a, *others):",
        f"        h = self.branch({'self.norm(a)' if pre(recipe) else 'a'}, *others)",
        "        h = dropout(h, self.stream) if self.training else h" if dropped else None,
        f"        return {joined}" if pre(recipe) else f"        return self.norm({joined})",
    )


def net(recipe: Recipe) -> str:
    """The class `Net`; x is [batch, source + target], or [batch, positions] of a decoder alone."""
    translates = recipe.net == "transformer"
    kinds = "Attention, Attention, FeedForward" if translates else "Attention, FeedForward"
    encoder = "self.encoder = stack(Attention, FeedForward)"
    dropped = recipe.number("dropout") > 0
    join = "Join(kind(), stream)" if dropped else "Join(kind())"
    return block(
        "class Net(nn.Module):",
        f'    """{_said(recipe)}"""',
        "",
        "    def __init__(self, symbols, classes):",
        "        super().__init__()",
        "        stream = torch_stream(3)" if dropped else None,
        "",
        "        def stack(*kinds):",
        f"            blocks = [[{join} for kind in kinds] for _ in range(DEPTH)]",
        "            return nn.ModuleList(nn.ModuleList(block) for block in blocks)",
        "",
        "        self.embedding = nn.Embedding(symbols, WIDTH)",
        f"        {encoder}" if translates else None,
        f"        self.decoder = stack({kinds})",
        inner(_last_norms(recipe), 2) or None,
        "        self.out = nn.Linear(WIDTH, classes)",
        "        self.stream = stream" if dropped else None,
        "",
        inner(_forward(recipe)),
    )


def _said(recipe: Recipe) -> str:
    where = "before each branch" if pre(recipe) else "behind each branch"
    what = "An encoder and a decoder" if recipe.net == "transformer" else "A decoder alone"
    blocks = f"{recipe.depth} block{'s' * (recipe.depth > 1)}, {recipe.width} wide"
    return f"{what} of {blocks}; the norm stands {where}."


def _last_norms(recipe: Recipe) -> str:
    if not pre(recipe):
        return ""
    both = "self.encoded, self.decoded = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)"
    return both if recipe.net == "transformer" else "self.decoded = nn.LayerNorm(WIDTH)"


def _forward(recipe: Recipe) -> str:
    translates, last = recipe.net == "transformer", pre(recipe)
    at = "torch.cat((places(SOURCE), places(x.shape[1] - SOURCE)))"
    return block(
        "def forward(self, x):",
        f"    place = {at if translates else 'places(x.shape[1])'}{_moved(recipe)}",
        "    entered = self.embedding(x) + place",
        "    entered = dropout(entered, self.stream) if self.training else entered"
        if recipe.number("dropout")
        else None,
        inner(_encoded(last)) if translates else "    a = entered",
        "    past = torch.ones(a.shape[1], a.shape[1], dtype=torch.bool, device=a.device).tril()",
        inner(_decoded(translates)),
        "    a = self.decoded(a)" if last else None,
        "    return self.out(a).flatten(0, 1)",
    )


def _encoded(last: bool) -> str:
    return block(
        "memory, a = entered[:, :SOURCE], entered[:, SOURCE:]",
        "seen = (x[:, :SOURCE] != 0)[:, None, None]  # all but the padding",
        "for own, feed in self.encoder:",
        "    memory = feed(own(memory, seen))",
        "memory = self.encoded(memory)" if last else None,
    )


def _decoded(translates: bool) -> str:
    if translates:
        return block(
            "for own, cross, feed in self.decoder:",
            "    a = feed(cross(own(a, past), seen, memory))",
        )
    return block("for own, feed in self.decoder:", "    a = feed(own(a, past))")


def _moved(recipe: Recipe) -> str:
    return "" if recipe.on_cpu else ".to(DEVICE)"


def drawing(recipe: Recipe) -> str:
    """The function `initialise`."""
    rule = recipe.word("init")
    lines = {
        "orthogonal": [ORTHOGONAL],
        "torch": [BOUND, UNIFORM],
    }.get(rule, [f"deviation = {deviation(recipe, rule)}", NORMAL])
    return block(
        "def initialise(net):",
        f'    """{SAID[rule]}; the first guess is even."""',
        "    stream = torch_stream(2)",
        "    net.embedding.weight.data.normal_(0, 1, generator=stream)",
        "    for layer in [layer for layer in net.modules() if isinstance(layer, nn.Linear)]:",
        "        fan_out, fan_in = layer.weight.shape",
        "        if layer is net.out:",
        "            drawn = torch.empty(fan_in, fan_out).normal_(0, 0.02, generator=stream)",
        "        else:",
        *(f"            {line}" for line in lines),
        "        layer.weight = nn.Parameter(drawn.T)",
        "        if layer.bias is not None:",
        "            nn.init.zeros_(layer.bias)",
    )
