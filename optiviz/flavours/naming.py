"""A framework's own spelling, held to: what we do not have is refused by its name."""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

from optiviz._lib.errors import BadInput
from optiviz._lib.registry import bounds_message, bounds_of, hint, holds
from optiviz.optimizers.base import Rated
from optiviz.optimizers.wrappers import WeightDecay

P = ParamSpec("P")
R = TypeVar("R")


# what a framework's own configuration says of things that change nothing: argument -> its neutral values
NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    "maximize": (None, False),
    "use_ema": (None, False),
    "loss_scale_factor": (None, 1),
    "gradient_accumulation_steps": (None, 1),
    **dict.fromkeys(("mask", "weight_decay_mask", "accumulator_dtype", "mu_dtype"), (None,)),
}
# how it is computed, not what; what a switched-off average would do; a name
IDLE = ("foreach", "fused", "capturable", "differentiable", "ema_momentum", "ema_overwrite_frequency", "name")


def is_neutral(flavour: str, argument: str, value: Any) -> bool:
    """Whether an argument that is not supported changes nothing.

    >>> is_neutral("torch.Adam", "maximize", False), is_neutral("torch.Adam", "maximize", True)
    (True, False)
    """
    if argument == "decoupled_weight_decay":  # torch: what tells AdamW from Adam
        return value is (flavour == "torch.AdamW")
    if argument == "nesterov":  # optax: what tells nadam from adam
        return value is (flavour in ("optax.nadam", "optax.nadamw"))
    if argument == "eps_root":
        return bool(value == 0)
    return argument in IDLE or any(value is one or value == one for one in NEUTRAL.get(argument, ()))


def framework_spelling(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function refuse what it does not take, under the name that its framework gives it.

    The function keeps its signature and annotations, which the scene schema and editors read.

    Examples
    --------
    >>> @framework_spelling("torch.SGD")
    ... def SGD(lr: float = 0.001, momentum: float = 0.0): ...
    >>> SGD(maximize=False)
    >>> SGD(maximize=True)
    Traceback (most recent call last):
    optiviz.BadInput: torch.SGD: argument 'maximize' is not supported here - supported: lr, momentum
    """

    def refusing(make: Callable[P, R]) -> Callable[P, R]:
        form = signature(make)

        @wraps(make)
        def checked(*args: P.args, **settings: P.kwargs) -> R:
            idle = [key for key in settings if key not in form.parameters]
            for key in idle:
                if is_neutral(name, key, settings[key]):
                    del settings[key]
            for given in settings:
                if given not in form.parameters:
                    supported = ", ".join(form.parameters)
                    near = hint(given, form.parameters)
                    advice = near if "did you mean" in near else f" - supported: {supported}"
                    raise BadInput(f"{name}: argument '{given}' is not supported here{advice}")
            try:
                bound = form.bind(*args, **settings).arguments
            except TypeError as error:
                raise BadInput(f"{name}: {error}") from error
            for given, bounds in bounds_of(make).items():
                if given in bound and bound[given] is None and form.parameters[given].default is None:
                    continue
                if given in bound and not (callable(bound[given]) or holds(bounds, bound[given])):
                    raise BadInput(bounds_message(bounds, bound[given]), field=given, part=name)
            try:
                return make(*args, **settings)
            except BadInput as error:
                raise BadInput(f"{name}: {error}", field=error.field) from error

        return checked

    return refusing


def decayed(rule: Rated, weight_decay: Any, *, decoupled: bool) -> Rated:
    """`rule` itself without weight decay (None or 0), else in its wrapper."""
    if weight_decay is None or (isinstance(weight_decay, int | float) and weight_decay == 0):
        return rule
    return WeightDecay(rule, weight_decay, decoupled)


def two_betas(values: Any) -> tuple[Any, Any]:
    """The two betas of torch."""
    return two_numbers("betas", values)


def two_numbers(name: str, values: Any) -> tuple[Any, Any]:
    """A pair of torch, under its name."""
    if not isinstance(values, list | tuple) or len(values) != 2:
        raise BadInput(f"{name} must be two numbers, got {values!r}")
    first, second = values
    return first, second
