"""The class `Net` of two LSTMs with attention between them, and how it is drawn."""

from __future__ import annotations

from gradtui.headless.export.script.initial import (
    BOUND,
    NORMAL,
    ORTHOGONAL,
    SAID,
    UNIFORM,
    deviation,
)
from gradtui.headless.export.script.recipe import Recipe
from gradtui.headless.export.script.text import block, number

LSTM = '''
def lstm(entered, layer, recurrent, h, c):
    """[batch, time, d] of all states; Hochreiter, Schmidhuber 1997."""
    batch, time, width = entered.shape
    z = layer(entered.transpose(0, 1).reshape(time * batch, width)).view(time, batch, -1)
    hs, cs = [], []
    for step in z.unbind(0):
        gates, candidate = torch.addmm(step, h, recurrent.weight.T).tensor_split([3 * width], 1)
        i, f, o = gates.sigmoid().chunk(3, 1)
        c = torch.addcmul(f * c, i, candidate.tanh())
        h = o * c.tanh()
        hs.append(h)
        cs.append(c)
    return torch.stack(hs, 1), torch.stack(cs, 1)
'''
DROPOUT = '''
def dropout(h, stream):
    """Inverted dropout, Srivastava et al. 2014, from a stream of its own."""
    kept = torch.rand(h.shape, generator=stream, device=h.device) >= DROPOUT
    return h * (kept.float() / (1 - DROPOUT))
'''
OPENING = '''
class Net(nn.Module):
    """One LSTM reads, another writes and looks at what was read; Luong et al. 2015."""

    def __init__(self, symbols, classes):
        super().__init__()
        self.embedding = nn.Embedding(symbols, WIDTH)
        self.enc_x, self.dec_x = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(WIDTH, 4 * WIDTH)
        self.enc_h = nn.Linear(WIDTH, 4 * WIDTH, bias=False)
        self.dec_h = nn.Linear(WIDTH, 4 * WIDTH, bias=False)
        self.score = nn.Linear(WIDTH, WIDTH, bias=False)
        self.mix = nn.Linear(2 * WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, classes)
'''
FORWARD = """
        zero = entered.new_zeros(len(x), WIDTH)
        read, cells = lstm(entered[:, :SOURCE], self.enc_x, self.enc_h, zero, zero)
        each, last = torch.arange(len(x)), (source == 2).int().argmax(1)  # 2 is its end
        h, c = read[each, last], cells[each, last]
        written, _ = lstm(entered[:, SOURCE:], self.dec_x, self.dec_h, h, c)
        batch, time, _ = written.shape
        written = written.reshape(batch * time, WIDTH)
        query = self.score(written).view(batch, time, WIDTH)
        score = query @ read.transpose(1, 2)
        padding = (source == 0)[:, None]
        context = score.masked_fill(padding, -math.inf).softmax(2) @ read
        context = context.view(batch * time, WIDTH)
        mixed = self.mix(torch.cat((context, written), 1)).tanh()
"""


def helpers(recipe: Recipe) -> list[str]:
    """What the net calls."""
    return [*([DROPOUT.strip()] if recipe.number("dropout") else []), LSTM.strip()]


def net(recipe: Recipe) -> str:
    """The class `Net`; x is [batch, source + target]."""
    dropped = recipe.number("dropout") > 0
    return block(
        OPENING.strip("\n"),
        "        self.stream = torch_stream(3)" if dropped else None,
        "",
        "    def forward(self, x):",
        "        source, entered = x[:, :SOURCE], self.embedding(x)",
        "        entered = dropout(entered, self.stream) if self.training else entered"
        if dropped
        else None,
        FORWARD.strip("\n"),
        "        mixed = dropout(mixed, self.stream) if self.training else mixed"
        if dropped
        else None,
        "        return self.out(mixed)",
    )


def drawing(recipe: Recipe) -> str:
    """The function `initialise`, and what it calls."""
    rule, forget = recipe.word("init"), float(recipe.spec.fixed["forget_bias"])
    lines = {"orthogonal": [ORTHOGONAL], "torch": [BOUND, UNIFORM]}.get(
        rule, [f"deviation = {deviation(recipe, rule)}", NORMAL]
    )
    return block(
        "def draw(fan_in, fan_out, stream):",
        f'    """{SAID[rule]}."""',
        *(f"    {line}" for line in lines),
        "    return drawn",
        "",
        "",
        "def initialise(net):",
        '    """Gate by gate in the LSTMs; the embedding is N(0, 1 / d), biases are 0."""',
        "    stream = torch_stream(2)",
        "    net.embedding.weight.data.normal_(0, 1 / math.sqrt(WIDTH), generator=stream)",
        "    gated = [net.enc_x, net.enc_h, net.dec_x, net.dec_h]",
        "    for layer in [*gated, net.score, net.mix, net.out]:",
        "        fan_out, fan_in = layer.weight.shape",
        "        blocks = 4 if layer in gated else 1",
        "        drawn = [draw(fan_in, fan_out // blocks, stream) for _ in range(blocks)]",
        "        layer.weight = nn.Parameter(torch.cat(drawn, 1).T)",
        "        if layer.bias is not None:",
        "            nn.init.zeros_(layer.bias)",
        "    for layer in [net.enc_x, net.dec_x]:" if forget else None,
        f"        layer.bias.data[WIDTH : 2 * WIDTH] = {number(forget)}  # of the forget gate"
        if forget
        else None,
    )
