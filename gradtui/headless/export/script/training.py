"""The loop: batches, the optimizer, the penalty, clipping, and the numbers it prints."""

from __future__ import annotations

from gradtui.headless.export.script.recipe import Recipe
from gradtui.headless.export.script.recurrent import groups
from gradtui.headless.export.script.text import block, inner

PENALTIES = {
    "l1": ("the gradient of s Σ|w|", ["w.grad.add_(w.sign(), alpha=STRENGTH)"]),
    "l2": ("the gradient of s/2 Σ w²", ["w.grad.add_(w, alpha=STRENGTH)"]),
    "elastic_net": (
        "the gradient of s/2 Σ|w| + s/4 Σ w²",
        ["w.grad.add_(w.sign(), alpha=STRENGTH / 2)", "w.grad.add_(w, alpha=STRENGTH / 2)"],
    ),
}


def optimizer(recipe: Recipe) -> str:
    """The call that makes it."""
    name = str(recipe.knobs["optimizer"])
    momentum = ", momentum=MOMENTUM" if recipe.number("momentum") else ""
    what = "groups(net)" if recipe.rates else "net.parameters()"
    if name == "sgd":
        return f"torch.optim.SGD({what}, lr=LR{momentum})"
    if name == "rmsprop":
        return f"torch.optim.RMSprop({what}, lr=LR{momentum})"
    if recipe.spec.fixed["adam_eps"] == "keras":
        return f"KerasAdam({what}, lr=LR)"
    return f"torch.optim.Adam({what}, lr=LR)"


def helpers(recipe: Recipe) -> list[str]:
    """Functions and classes that the loop calls."""
    found = [_batches(recipe)]
    if recipe.rates:
        found.append(groups(recipe))
    if "KerasAdam" in optimizer(recipe):
        found.append(_KERAS_ADAM.strip())
    if _reads_weights(recipe):
        found.append(_weights(recipe))
    if recipe.word("clip") == "norm":
        found.append(_CLIP.strip())
    return found


def _batches(recipe: Recipe) -> str:
    size = "len(x)" if recipe.knobs["batch_size"] == "full" else "BATCH_SIZE"
    said = "All rows, in a new order each time." if size == "len(x)" else _ORDER
    return block(
        "def batches(x, y):",
        f'    """{said}"""',
        "    order = np.random.default_rng([SEED, 1, 0])",
        "    while True:",
        f"        for rows in torch.from_numpy(order.permutation(len(x))).split({size}):",
        "            yield x[rows], y[rows]",
    )


def _reads_weights(recipe: Recipe) -> bool:
    return recipe.regularizer != "none" or recipe.number("decay") > 0


def _weights(recipe: Recipe) -> str:
    names = "[layer.weight for layer in [*net.hidden, net.out]]"
    if recipe.net == "recurrent":
        star = "*" if recipe.depth > 1 else ""
        names = f"[{star}net.w_xh, {star}net.w_hh, net.out.weight]"
    elif recipe.speaks:
        names = "[p for p in net.parameters() if p.dim() == 2]"
    elif not recipe.depth:
        names = "[net.out.weight]"
    return block(
        "def weights(net):",
        '    """What is penalised: the weights of the layers, never a bias."""',
        f"    return {names}",
    )


def train(recipe: Recipe) -> str:
    """The function `train`."""
    return block(
        "def train(net, x, y):",
        '    """Returns the loss of each step: mean cross-entropy, without penalty."""',
        f"    optimizer = {optimizer(recipe)}",
        "    losses = []",
        "    for step, (x_batch, y_batch) in zip(range(STEPS), batches(x, y)):",
        "        optimizer.zero_grad()",
        "        logits = net(x_batch)",
        "        y_batch = y_batch.flatten()" if recipe.speaks else None,
        "        loss = F.cross_entropy(logits, y_batch)",
        "        loss.backward()",
        inner(_penalty(recipe), 2) or None,
        "        losses.append(loss.item())",
        "        if step % 10 == 0 or step == STEPS - 1:",
        f"            accuracy = {_right(recipe, 'y_batch')}",
        '            print(f"step {step}   loss {loss:.9g}   accuracy {accuracy:.4f}")',
        "        if not all(p.grad.isfinite().all() for p in net.parameters()):",
        '            print(f"step {step} is not finite")',
        "            break",
        inner(_clip(recipe), 2) or None,
        inner(_warmup(recipe), 2) if recipe.warmup else None,
        inner(_update(recipe), 2),
        "    return losses",
    )


def _warmup(recipe: Recipe) -> str:
    code = _WARMUP.strip("\n")
    return f'{code} * group["share"]' if recipe.rates else code


def _penalty(recipe: Recipe) -> str:
    if recipe.regularizer not in PENALTIES:
        return ""
    said, lines = PENALTIES[recipe.regularizer]
    return block(
        "with torch.no_grad():",
        f"    for w in weights(net):  # {said}",
        *(f"        {line}" for line in lines),
    )


def _clip(recipe: Recipe) -> str:
    how = recipe.word("clip")
    if how == "norm":
        return "clip_gradient(net, CLIP)"
    return "nn.utils.clip_grad_value_(net.parameters(), CLIP)" if how == "value" else ""


def _update(recipe: Recipe) -> str:
    decays, projects = recipe.number("decay") > 0, recipe.regularizer == "max_norm"
    decay = _DECAY.replace("LR", "lr") if recipe.warmup else _DECAY
    return block(
        (_DECAY_BY_GROUP if recipe.rates else decay) if decays else None,
        "optimizer.step()",
        _projection(recipe) if projects else None,
    )


def _right(recipe: Recipe, targets: str) -> str:
    """Of sequences, -100 behind the end of a row is no target."""
    if recipe.speaks:
        return f"(logits.argmax(1) == {targets}).sum() / ({targets} >= 0).sum()"
    return f"(logits.argmax(1) == {targets}).float().mean()"


def _projection(recipe: Recipe) -> str:
    """Units come first, but in the weights [in, out] of a recurrent row."""
    dim = "1 if w is not net.out.weight else 0" if recipe.net == "recurrent" else "0"
    dim = "1 if w is net.embedding.weight else 0" if recipe.speaks else dim
    return block(
        "with torch.no_grad():",
        "    for w in weights(net):  # the weights into a unit are at most STRENGTH long",
        f"        w.renorm_(2, {dim}, STRENGTH)",
    )


def evaluate(recipe: Recipe) -> str:
    """The function `evaluate`."""
    return block(
        "@torch.no_grad()",
        "def evaluate(net, x, y):",
        '    """Mean cross-entropy and accuracy."""',
        "    net.eval()",
        "    logits, y = net(x), y.flatten()" if recipe.speaks else "    logits = net(x)",
        f"    accuracy = {_right(recipe, 'y')}",
        "    return F.cross_entropy(logits, y).item(), accuracy.item()",
    )


def main(recipe: Recipe) -> str:
    classes = "int(y.max()) + 1" if not recipe.info.classes else str(recipe.info.classes)
    features = {"recurrent": "16"}.get(recipe.net, classes if recipe.speaks else "x.shape[1]")
    moved = "" if recipe.on_cpu else ".to(DEVICE)"
    return block(
        'if __name__ == "__main__":',
        "    x, y, x_test, y_test = load_data()",
        f"    net = Net({features}, {classes})",
        "    initialise(net)",
        "    net.to(DEVICE)" if moved else None,
        "    train(net, x, y)",
        "    loss, accuracy = evaluate(net, x_test, y_test)",
        '    print(f"test   loss {loss:.9g}   accuracy {accuracy:.4f}")',
    )


_ORDER = "A new order for each epoch; what is left at its end is a smaller batch."
_DECAY = """
with torch.no_grad():
    for w in weights(net):  # decoupled weight decay; Loshchilov, Hutter 2019
        w.mul_(1 - LR * DECAY)
"""
_DECAY_BY_GROUP = """
with torch.no_grad():
    for group in optimizer.param_groups:  # decoupled weight decay; Loshchilov, Hutter 2019
        for w in group["params"]:
            w.mul_(1 - group["lr"] * DECAY if w.dim() == 2 else 1)
"""
_WARMUP = """
# Up to LR, and down from there as 1 / sqrt(step); Vaswani et al. 2017.
done = (step + 1) / WARMUP
lr = LR * min(done, done**-0.5)
for group in optimizer.param_groups:
    group["lr"] = lr
"""
_CLIP = '''
@torch.no_grad()
def clip_gradient(net, limit):
    """Shorten the gradient to norm `limit`; in float64, for a square above 1e38 overflows."""
    gradients = [p.grad for p in net.parameters()]
    norm = torch.cat([gradient.flatten() for gradient in gradients]).double().norm()
    factor = (limit / (norm + 1e-6)).clamp(max=1).float()
    for gradient in gradients:
        gradient.mul_(factor)
'''
_KERAS_ADAM = '''
class KerasAdam(torch.optim.Optimizer):
    """Adam as Keras writes it: the bias correction does not divide its epsilon."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, {"lr": lr})
        self.steps = 0

    @torch.no_grad()
    def step(self):
        self.steps += 1
        first, second = 1 - 0.9**self.steps, (1 - 0.999**self.steps) ** 0.5
        rates = [(p, group["lr"]) for group in self.param_groups for p in group["params"]]
        for theta, lr in rates:
            state, g = self.state[theta], theta.grad
            m = state.setdefault("m", torch.zeros_like(theta))
            v = state.setdefault("v", torch.zeros_like(theta))
            m.lerp_(g, 1 - 0.9)
            v.mul_(0.999).addcmul_(g, g, value=1 - 0.999)
            theta.addcdiv_(m, v.sqrt().add_(1e-7), value=-lr * second / first)
'''
