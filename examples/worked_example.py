"""The lecture's worked example, number by number: a 2-4-2 network, one sample, one step.

    python examples/worked_example.py

Forward pass, loss, backward pass, update; first with the three lines of school mathematics that a dense layer
is, then with `optiviz.nn`, which gives the same numbers.
"""

import numpy as np

from optiviz.nn import Dense, Network

W1 = np.array([[0.5, 1, 7, 3], [1, 2, 1, 0.5]])  # (2, 4): a column a hidden neuron
b1 = np.ones((1, 4))
W2 = np.array([[1, 2], [0.5, 0.5], [3, 1], [2, 1]])  # (4, 2)
b2 = np.ones((1, 2))
x = np.array([[3.0, 5.0]])  # one row, one sample
y = np.array([[1.0, 0.0]])
RATE = 0.001


def by_hand(steps: int = 4) -> dict[str, list[np.ndarray]]:
    """All numbers of `steps` steps, and of the last forward pass, by name: one array a step."""
    w1, c1, w2, c2 = W1, b1, W2, b2
    seen: dict[str, list[np.ndarray]] = {}
    for _ in range(steps):
        # Forward: each layer is x W + b; there is no activation.
        h = x @ w1 + c1
        o = h @ w2 + c2
        loss = np.mean((o - y) ** 2)

        # Backward: the chain rule from the loss to the first layer.
        do = 2 * (o - y) / y.size  # dL/do
        dw2, db2 = h.T @ do, do.sum(axis=0)
        dh = do @ w2.T  # what the first layer is told: the old W2, before it is updated
        dw1, db1 = x.T @ dh, dh.sum(axis=0)

        # Update: a small step down the slope.
        w1, c1 = w1 - RATE * dw1, c1 - RATE * db1
        w2, c2 = w2 - RATE * dw2, c2 - RATE * db2

        now = {
            "h": h,
            "o": o,
            "loss": loss,
            "do": do,
            "dW2": dw2,
            "db2": db2,
            "dh": dh,
            "dW1": dw1,
            "db1": db1,
        }
        for name, value in (now | {"W1": w1, "b1": c1, "W2": w2, "b2": c2}).items():
            seen.setdefault(name, []).append(value)
    return seen


def by_network(steps: int = 4) -> tuple[list[float], list[dict[str, np.ndarray]]]:
    """The same by the engine: the losses, and the gradients by name."""
    network = Network([Dense(4), Dense(2)], inputs=2)
    theta = network.pack(
        {"dense/kernel": W1, "dense/bias": b1[0], "dense_1/kernel": W2, "dense_1/bias": b2[0]}
    )
    losses, gradients = [], []
    for _ in range(steps):
        value, gradient = network.value_and_gradient(theta, x, y, "mse")
        losses.append(float(value))
        gradients.append(network.unpack(gradient))
        theta = theta - RATE * gradient
    return losses, gradients


def main() -> None:
    seen = by_hand()
    print("forward")
    for name in ("h", "o", "loss"):
        print(f"  {name:4} = {seen[name][0].tolist()}")
    print("backward")
    for name in ("do", "dW2", "db2", "dh", "dW1", "db1"):
        print(f"  {name:4} = {seen[name][0].tolist()}")
    print(f"update, rate {RATE}")
    for name in ("W1", "b1", "W2", "b2"):
        print(f"  {name:4} = {seen[name][0].round(6).tolist()}")
    losses, _ = by_network()
    print("loss, step by step:", ", ".join(f"{loss:.10f}" for loss in losses))


if __name__ == "__main__":
    main()
