"""Make rates.json: schedules of torch and Keras that rise again or end in a line, 60 rates of each.

refs/bin/python tests/references/make_rates.py            # the environment of make_references.py
"""

import json
import warnings
from pathlib import Path

from make_references import keras_double

COUNT = 60
TORCH = {
    "CosineAnnealingWarmRestarts(o, 7, 2, eta_min=0.01)": (
        "cosine_restarts",
        {"initial_learning_rate": 0.5, "first_decay_steps": 7, "t_mul": 2.0, "alpha": 0.02},
    ),
    "CyclicLR(o, 0.1, 0.5, 6, 3, 'triangular2', cycle_momentum=False)": (
        "cyclical", {"low": 0.1, "high": 0.5, "steps_up": 6, "steps_down": 3, "mode": "triangular2"},
    ),
    "CyclicLR(o, 0.1, 0.5, 6, mode='exp_range', gamma=0.97, cycle_momentum=False)": (
        "cyclical", {"low": 0.1, "high": 0.5, "steps_up": 6, "mode": "exp_range", "gamma": 0.97},
    ),
    "LinearLR(o, total_iters=20)": (
        "linear", {"initial_learning_rate": 0.5 / 3, "final_learning_rate": 0.5, "steps": 20},
    ),
    "PolynomialLR(o, 40, 1.5)": (
        "polynomial",
        {"initial_learning_rate": 0.5, "decay_steps": 40, "end_learning_rate": 0.0, "power": 1.5},
    ),
    "OneCycleLR(o, 0.5, total_steps=60, pct_start=0.4, three_phase=True)": (
        "one_cycle", {"max_learning_rate": 0.5, "total_steps": 60, "pct_start": 0.4, "three_phase": True},
    ),
}  # fmt: skip
KERAS = {
    "CosineDecayRestarts(0.5, 7, 2.0, 0.8, 0.1)": (
        "cosine_restarts",
        {"initial_learning_rate": 0.5, "first_decay_steps": 7, "t_mul": 2.0, "m_mul": 0.8, "alpha": 0.1},
    ),
    "PolynomialDecay(0.5, 13, 0.05, 1.5, cycle=True)": (
        "polynomial",
        {"initial_learning_rate": 0.5, "decay_steps": 13, "end_learning_rate": 0.05, "power": 1.5,
         "cycle": True},
    ),
}  # fmt: skip


def main():
    import torch

    found = []
    for call, ours in TORCH.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
        made = eval(f"lr.{call}", {"lr": torch.optim.lr_scheduler, "o": optimizer})
        rates = []
        for _ in range(COUNT):
            rates.append(float(optimizer.param_groups[0]["lr"]))
            optimizer.step()
            made.step() if len(rates) < COUNT else None
        found.append({"theirs": f"torch {call}", "ours": ours, "rates": rates, "rtol": 1e-11})
    schedules = keras_double().optimizers.schedules
    for call, ours in KERAS.items():
        made = eval(f"s.{call}", {"s": schedules})
        rates = [float(made(k)) for k in range(COUNT)]
        found.append({"theirs": f"keras {call}", "ours": ours, "rates": rates, "rtol": 1e-11})
    text = "[\n" + ",\n".join(json.dumps(entry) for entry in found) + "\n]\n"
    Path(__file__).with_name("rates.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
