"""Make rules.json: rules of 2012 to 2025 as torch, Keras, optax and their authors run them, in float64.

    refs/bin/pip install schedulefree==1.4.1 prodigyopt==1.1.2 pytorch_optimizer==4.1.0    # to the others
    refs/bin/python tests/references/make_rules.py            # from the root of the repository

Each walks 30 steps down two surfaces (theta is one vector), and follows the recorded gradients of
variables.json over the four variables of two dense layers; kernels stand (in, out), torch is given them as
its layers have them. torch's Newton-Schulz iterates in bfloat16: it is given float64 instead.
"""

import json
import sys
from pathlib import Path

import numpy as np
from make_references import keras_double

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))
from optiviz.objectives.surfaces import surfaces  # noqa: E402

KEPT = (0, 1, 2, 3, 5, 10, 20, 30)
VARIABLES = json.loads((HERE / "variables.json").read_text(encoding="utf-8"))
SHAPES = [shape for _, shape in VARIABLES["shapes"]]
START, TAPE = np.array(VARIABLES["start"]), np.array(VARIABLES["tape"])
SURFACES = ("ravine", "beale")

# name: (ours: index or flavour, its settings), framework, its call; "kernels" where it takes matrices alone
RULES = {
    "adabelief": (("optax.adabelief", {"learning_rate": 0.02}), "optax", "adabelief(0.02)"),
    "adabelief settings": (
        ("optax.adabelief", {"learning_rate": 0.05, "b1": 0.8, "b2": 0.99, "eps": 1e-8, "eps_root": 1e-6}),
        "optax", "adabelief(0.05, 0.8, 0.99, 1e-8, 1e-6)",
    ),
    "yogi": (("optax.yogi", {"learning_rate": 0.05, "b1": 0.8, "b2": 0.99, "eps": 1e-2}), "optax",
             "yogi(0.05, 0.8, 0.99, 1e-2)"),
    "yogi defaults": (("optax.yogi", {"learning_rate": 0.05}), "optax", "yogi(0.05)"),
    "adan": (("optax.adan", {"learning_rate": 0.02, "weight_decay": 0.1}), "optax",
             "adan(0.02, weight_decay=0.1)"),
    "adan settings": (
        ("optax.adan", {"learning_rate": 0.02, "b1": 0.9, "b2": 0.8, "b3": 0.95, "eps": 1e-6,
                        "eps_root": 1e-4}),
        "optax", "adan(0.02, 0.9, 0.8, 0.95, 1e-6, 1e-4)",
    ),
    "ademamix": (
        ("optax.contrib.ademamix", {"learning_rate": 0.02, "b1": 0.8, "b2": 0.99, "b3": 0.999, "alpha": 4.0,
                                    "eps": 1e-6, "eps_root": 1e-6, "weight_decay": 0.1}),
        "optax", "contrib.ademamix(0.02, 0.8, 0.99, 0.999, 4.0, 1e-6, 1e-6, weight_decay=0.1)",
    ),
    "sign_sgd": (("optax.sign_sgd", {"learning_rate": 0.01}), "optax", "sign_sgd(0.01)"),
    "adafactor optax": (
        ("optax.adafactor", {"learning_rate": 0.05, "min_dim_size_to_factor": 2, "decay_rate": 0.7,
                             "clipping_threshold": 0.8, "eps": 1e-20}),
        "optax", "adafactor(0.05, 2, 0.7, clipping_threshold=0.8, eps=1e-20)",
    ),
    "lamb": (
        ("optax.lamb", {"learning_rate": 0.02, "b1": 0.8, "b2": 0.99, "eps": 1e-5, "weight_decay": 0.1}),
        "optax", "lamb(0.02, 0.8, 0.99, 1e-5, weight_decay=0.1)",
    ),
    "lars": (
        ("optax.lars", {"learning_rate": 0.1, "weight_decay": 0.1, "trust_coefficient": 0.1, "eps": 0.01,
                        "momentum": 0.8}),
        "optax", "lars(0.1, 0.1, trust_coefficient=0.1, eps=0.01, momentum=0.8)",
    ),
    "lars nesterov": (
        ("optax.lars", {"learning_rate": 0.1, "trust_coefficient": 0.1, "nesterov": True}),
        "optax", "lars(0.1, trust_coefficient=0.1, nesterov=True)",
    ),
    "prodigy optax": (
        ("optax.contrib.prodigy", {"learning_rate": 0.5, "betas": [0.8, 0.99], "eps": 1e-6, "estim_lr0": 0.01,
                                   "estim_lr_coef": 2.0}),
        "optax", "contrib.prodigy(0.5, (0.8, 0.99), None, 1e-6, 0.01, 2.0)",
    ),
    "schedule-free sgd": (
        ("optax.contrib.schedule_free_sgd", {"learning_rate": 0.01, "b1": 0.8}),
        "optax", "contrib.schedule_free_sgd(0.01, b1=0.8)",
    ),
    "schedule-free adamw": (
        ("optax.contrib.schedule_free_adamw", {"learning_rate": 0.05, "b1": 0.8, "b2": 0.99, "eps": 1e-6}),
        "optax", "contrib.schedule_free_adamw(0.05, b1=0.8, b2=0.99, eps=1e-6)",
    ),
    "rprop": (
        ("torch.Rprop", {"lr": 0.02, "etas": [0.4, 1.3], "step_sizes": [1e-5, 0.3]}),
        "torch", "Rprop(ps, lr=0.02, etas=(0.4, 1.3), step_sizes=(1e-5, 0.3))",
    ),
    "adafactor": (
        ("torch.Adafactor", {"lr": 0.05, "beta2_decay": -0.7, "eps": [None, 1e-2], "d": 1.5}),
        "torch", "Adafactor(ps, lr=0.05, beta2_decay=-0.7, eps=(None, 1e-2), d=1.5)",
    ),
    "adafactor keras": (
        ("keras.Adafactor", {"learning_rate": 0.05, "beta_2_decay": -0.7, "epsilon_1": 1e-20,
                             "epsilon_2": 1e-2, "clip_threshold": 0.8}),
        "keras", "Adafactor(0.05, -0.7, 1e-20, 1e-2, 0.8)",
    ),
    "ftrl": (
        ("keras.Ftrl", {"learning_rate": 0.1, "initial_accumulator_value": 0.2,
                        "l1_regularization_strength": 0.1, "l2_regularization_strength": 0.2,
                        "l2_shrinkage_regularization_strength": 0.1, "beta": 0.3}),
        "keras", "Ftrl(0.1, -0.5, 0.2, 0.1, 0.2, 0.1, 0.3)",
    ),
    "lamb keras": (
        ("keras.Lamb", {"learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-5,
                        "weight_decay": 0.1}),
        "keras", "Lamb(0.02, 0.8, 0.99, 1e-5, weight_decay=0.1)",
    ),
    "muon keras": (
        ("keras.Muon", {"learning_rate": 0.02, "adam_beta_1": 0.8, "adam_beta_2": 0.99, "epsilon": 1e-6,
                        "weight_decay": 0.1, "adam_weight_decay": 0.1, "momentum": 0.9, "ns_steps": 4,
                        "nesterov": False, "rms_rate": 0.2}),
        "keras", "Muon(0.02, 0.8, 0.99, 0.1, 1e-6, 0.1, momentum=0.9, ns_steps=4, nesterov=False)",
    ),
    "muon": (
        ("torch.Muon", {"lr": 0.02, "weight_decay": 0.1, "momentum": 0.9, "nesterov": True, "eps": 1e-6,
                        "ns_steps": 4}),
        "torch", "Muon(ps, lr=0.02, weight_decay=0.1, momentum=0.9, eps=1e-6, ns_steps=4)", "kernels",
    ),
    "muon as adamw": (
        ("torch.Muon", {"lr": 0.02, "adjust_lr_fn": "match_rms_adamw", "nesterov": False}),
        "torch", "Muon(ps, lr=0.02, adjust_lr_fn='match_rms_adamw', nesterov=False)", "kernels",
    ),
    "schedule-free sgd of its authors": (
        ("schedulefreesgd", {"learning_rate": 0.01, "momentum": 0.8}),
        "schedulefree", "SGDScheduleFreeReference(ps, lr=0.01, momentum=0.8)",
    ),
    "schedule-free adamw of its authors": (
        ("schedulefreeadamw", {"learning_rate": 0.05, "weight_decay": 0.1}),
        "schedulefree", "AdamWScheduleFreeReference(ps, lr=0.05, weight_decay=0.1)",
    ),
    "prodigy of its authors": (
        ("prodigy", {"first_distance": 0.01}),
        "prodigyopt", "Prodigy(ps, d0=0.01)",
    ),
    "shampoo": (
        ("shampoo", {"learning_rate": 0.1}),
        "pytorch_optimizer", "Shampoo(ps, lr=0.1)",
    ),
}  # fmt: skip


def parts(theta, shapes):
    """The variables in theta (P,)."""
    cuts = np.cumsum([np.prod(shape) for shape in shapes])[:-1].astype(int)
    return [part.reshape(shape) for part, shape in zip(np.split(theta, cuts), shapes, strict=True)]


def whole(found):
    return np.concatenate([np.ravel(np.asarray(part, dtype=float)) for part in found])


def torch_stepper(framework, call, start, shapes):
    import importlib

    import torch

    torch.set_default_dtype(torch.float64)
    torch.Tensor.bfloat16 = lambda self: self.clone()
    module = torch.optim if framework == "torch" else importlib.import_module(framework)
    turned = lambda array: torch.tensor(np.ascontiguousarray(array.T))
    ps = [turned(part).requires_grad_() for part in parts(start, shapes)]
    optimizer = eval(f"module.{call}", {"module": module, "ps": ps})
    if framework == "schedulefree":
        optimizer.train()

    def step(gradient):
        for p, part in zip(ps, parts(gradient, shapes), strict=True):
            p.grad = turned(part)
        optimizer.step()
        return whole([p.detach().numpy().T for p in ps])

    return step


def keras_stepper(call, start, shapes):
    keras = keras_double()
    optimizer = eval(f"module.{call}", {"module": keras.optimizers})
    variables = [
        keras.Variable(part, dtype="float64", name=f"v{k}") for k, part in enumerate(parts(start, shapes))
    ]
    optimizer.build(variables)

    def step(gradient):
        optimizer.apply(
            [keras.ops.convert_to_tensor(p, "float64") for p in parts(gradient, shapes)], variables
        )
        return whole([variable.value for variable in variables])

    return step


def optax_stepper(call, start, shapes):
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    rule = eval(f"module.{call}", {"module": optax})
    theta = [jax.numpy.asarray(part) for part in parts(start, shapes)]
    kept = [rule.init(theta), theta]

    def step(gradient):
        state, theta = kept
        change, state = rule.update([jax.numpy.asarray(p) for p in parts(gradient, shapes)], state, theta)
        kept[:] = state, optax.apply_updates(theta, change)
        return whole(kept[1])

    return step


def stepper(framework, call, start, shapes):
    if framework == "keras":
        return keras_stepper(call, start, shapes)
    if framework == "optax":
        return optax_stepper(call, start, shapes)
    return torch_stepper(framework, call, start, shapes)


def on_surface(framework, call, name):
    theta = np.array(surfaces[name].start)
    step, path = stepper(framework, call, theta, [(2,)]), [theta]
    for _ in range(KEPT[-1]):
        theta = step(surfaces[name].gradient(theta))
        path.append(theta)
    return [path[k].tolist() for k in KEPT]


def on_variables(framework, call, only):
    chosen = [k for k, shape in enumerate(SHAPES) if only is None or len(shape) == 2]
    shapes = [SHAPES[k] for k in chosen]
    pick = lambda theta: whole([parts(theta, SHAPES)[k] for k in chosen])
    step = stepper(framework, call, pick(START), shapes)
    return [step(pick(gradient)).tolist() for gradient in TAPE]


def main():
    told = {}
    for name, (ours, framework, call, *only) in RULES.items():
        entry = {"ours": ours, "framework": framework, "call": call, "only": only[0] if only else None}
        entry["variables"] = on_variables(framework, call, entry["only"])
        if not only:
            entry["surfaces"] = {surface: on_surface(framework, call, surface) for surface in SURFACES}
        told[name] = entry
        print(name, file=sys.stderr)
    table = {"kept": KEPT, "rules": told}
    text = json.dumps(table).replace('], "', '],\n"').replace('}, "', '},\n"')
    (HERE / "rules.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
