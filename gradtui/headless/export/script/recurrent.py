"""The class `Net` of a recurrent net."""

from __future__ import annotations

from gradtui.headless.export.script.recipe import Recipe, activation_code
from gradtui.headless.export.script.text import block, inner, number

BLOCKS = {"rnn": 1, "lstm": 4, "gru": 3}
SAID = {
    "rnn": "A simple recurrent net, Elman 1990",
    "lstm": "A long short-term memory, Hochreiter, Schmidhuber 1997",
    "gru": "A gated recurrent unit, Cho et al. 2014",
}
LSTM = """
gates, candidate = torch.addmm(z, h, self.w_hh).tensor_split([3 * WIDTH], 1)
i, f, o = gates.sigmoid().chunk(3, 1)
c = torch.addcmul(f * c, i, candidate.tanh())
h = o * c.tanh()
"""
GRU = """
from_x, candidate_x = z.tensor_split([2 * WIDTH], 1)
from_h, candidate_h = (h @ self.w_hh).tensor_split([2 * WIDTH], 1)
reset, update = (from_x + from_h).sigmoid().chunk(2, 1)
h = torch.lerp(torch.addcmul(candidate_x, reset, candidate_h).tanh(), h, update)
"""


def cell(recipe: Recipe) -> str:
    return str(recipe.spec.fixed["cell"])


def state(recipe: Recipe) -> str:
    """The code that gives the next h."""
    activation = activation_code(recipe)
    h = "torch.addmm(z, h, self.w_hh)"
    steps = {"lstm": LSTM, "gru": GRU}
    return steps.get(cell(recipe), f"h = {activation}({h})" if activation else f"h = {h}")


def net(recipe: Recipe) -> str:
    """The class `Net`; x is [batch, time], and W is [in, out]."""
    kind = cell(recipe)
    wide = "WIDTH" if kind == "rnn" else f"{BLOCKS[kind]} * WIDTH"
    zeros = "h = c = " if kind == "lstm" else "h = "
    return block(
        "class Net(nn.Module):",
        f'    """{SAID[kind]}: its last state gives the logits."""',
        "",
        "    def __init__(self, symbols, classes):",
        "        super().__init__()",
        f"        self.w_xh = nn.Parameter(torch.zeros(symbols, {wide}))",
        f"        self.w_hh = nn.Parameter(torch.zeros(WIDTH, {wide}))",
        f"        self.bias = nn.Parameter(torch.zeros({wide}))",
        "        self.out = nn.Linear(WIDTH, classes)",
        "",
        "    def forward(self, x):",
        "        entered = F.embedding(x.t(), self.w_xh) + self.bias",
        f"        {zeros}entered.new_zeros(len(x), WIDTH)",
        "        for z in entered.unbind(0):",
        inner(block(state(recipe)), 3),
        "        return self.out(h)",
    )


def groups(recipe: Recipe) -> str:
    """The function `groups`: W_hh and the readout have rates of their own."""
    star = "*" if recipe.depth > 1 else ""
    *_, slow, fast = recipe.rates
    parts = {
        f"[{star}net.w_xh, {star}net.bias]": 1.0,
        f"[{star}net.w_hh]": slow,
        "[*net.out.parameters()]": fast,
    }
    return block(
        "def groups(net):",
        '    """What learns at which share of LR."""',
        "    return [",
        *(f'        {{"params": {what}, "lr": LR * {number(share)}, "share": {number(share)}}},'
          for what, share in parts.items()),
        "    ]",
    )  # fmt: skip
