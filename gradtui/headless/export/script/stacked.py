"""The class `Net` of recurrent layers on top of each other, and how its weights are drawn."""

from __future__ import annotations

from gradtui.headless.export.script.recipe import Recipe
from gradtui.headless.export.script.recurrent import BLOCKS, SAID, cell, state
from gradtui.headless.export.script.text import block, inner, number

ROTATION = """
if row % 2 and torch.linalg.det(w) < 0:  # a rotation leaves no direction as it is
    w[:, 0].neg_()
""".strip("\n")


def net(recipe: Recipe) -> str:
    """x is [batch, time], and every W is [in, out]."""
    kind = cell(recipe)
    wide = "WIDTH" if kind == "rnn" else f"{BLOCKS[kind]} * WIDTH"
    zeros = "h = c = " if kind == "lstm" else "h = "
    return block(
        "class Net(nn.Module):",
        f'    """{SAID[kind]}, {recipe.depth} layers of it: the last state gives the logits."""',
        "",
        "    def __init__(self, symbols, classes):",
        "        super().__init__()",
        "        sizes = [symbols, *[WIDTH] * (DEPTH - 1)]",
        f"        self.w_xh = nn.ParameterList(torch.zeros(size, {wide}) for size in sizes)",
        f"        self.w_hh = nn.ParameterList(torch.zeros(WIDTH, {wide}) for _ in sizes)",
        f"        self.bias = nn.ParameterList(torch.zeros({wide}) for _ in sizes)",
        "        self.out = nn.Linear(WIDTH, classes)",
        "",
        "    def forward(self, x):",
        "        entered = F.embedding(x.t(), self.w_xh[0]) + self.bias[0]",
        "        for layer, w_hh in enumerate(self.w_hh):",
        "            if layer:",
        "                flat = torch.stack(states).flatten(0, 1)",
        "                entered = torch.addmm(self.bias[layer], flat, self.w_xh[layer])",
        "                entered = entered.view(x.shape[1], x.shape[0], -1)",
        "            states = []",
        f"            {zeros}entered.new_zeros(len(x), WIDTH)",
        "            for z in entered.unbind(0):",
        inner(block(state(recipe).replace("self.w_hh", "w_hh")), 4),
        "                states.append(h)",
        "        return self.out(h)",
    )


def drawing(recipe: Recipe, said: str, drawn: str) -> str:
    """`drawn`: the code for one matrix [WIDTH, WIDTH]."""
    kind, turns = cell(recipe), recipe.word("init") == "orthogonal"
    forget = float(recipe.spec.fixed["forget_bias"])
    return block(
        "def initialise(net):",
        f'    """All but the first W_xh and out: {said}."""',
        "    stream, bound = torch_stream(2), 1 / math.sqrt(WIDTH)",
        "    rows = [w.data for pair in zip(net.w_xh, net.w_hh) for w in pair]",
        "    rows[0].normal_(0, 1 / math.sqrt(WIDTH), generator=stream)",
        "    for row, weight in enumerate(rows[1:], 1):",
        f"        for w in weight.chunk({BLOCKS[kind]}, dim=1):",
        f"            w.copy_({drawn})",
        inner(ROTATION, 3) if turns else None,
        "    drawn = torch.empty(net.out.weight.shape[::-1])",
        f"    drawn.uniform_(-bound, bound, generator=stream){'.mul_(0.01)' if turns else ''}",
        "    net.out.weight = nn.Parameter(drawn.T)",
        "    nn.init.zeros_(net.out.bias)",
        *_gates(forget, {"lstm": "forget", "gru": "update"}.get(kind, "")),
    )


def _gates(forget: float, gate: str) -> list[str]:
    if not (forget and gate):
        return []
    return [
        "    for bias in net.bias:",
        f"        bias.data[WIDTH : 2 * WIDTH] = {number(forget)}  # of the {gate} gate",
    ]
