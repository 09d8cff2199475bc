"""optiviz: watch optimizers move.

    import optiviz as ov
    path = ov.minimize(ov.beale, ov.Adam(learning_rate=0.1), steps=200).path      # (201, 2)

Names only. Each is imported from its home when it is first asked for, so that `import optiviz` brings in
nothing, and matplotlib only comes when something is drawn.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optiviz._lib.errors import BadInput as BadInput
    from optiviz.analysis.anatomy import Anatomy as Anatomy
    from optiviz.analysis.anatomy import anatomy_of as anatomy_of
    from optiviz.analysis.basins import BasinMap as BasinMap
    from optiviz.analysis.basins import basin_map as basin_map
    from optiviz.analysis.basins import basin_maps as basin_maps
    from optiviz.analysis.basins import local_minima as local_minima
    from optiviz.analysis.curvature import condition_number as condition_number
    from optiviz.analysis.curvature import sharpness as sharpness
    from optiviz.analysis.curvature import stability_limit as stability_limit
    from optiviz.analysis.landscape import landscape as landscape
    from optiviz.analysis.planes import plane as plane
    from optiviz.analysis.stability import StabilityMap as StabilityMap
    from optiviz.analysis.stability import largest_stable_rate as largest_stable_rate
    from optiviz.analysis.stability import stability_map as stability_map
    from optiviz.interop import jax as jax
    from optiviz.interop import keras as keras
    from optiviz.interop import lightning as lightning
    from optiviz.interop import transformers as transformers
    from optiviz.interop.keras import from_keras as from_keras
    from optiviz.interop.optax import from_optax as from_optax
    from optiviz.interop.recorder import Recorder as Recorder
    from optiviz.interop.scipy_method import scipy_method as scipy_method
    from optiviz.interop.sequential import Sequential as Sequential
    from optiviz.interop.torch import from_torch as from_torch
    from optiviz.nn import ACTIVATIONS as ACTIVATIONS
    from optiviz.nn import INITIALIZERS as INITIALIZERS
    from optiviz.nn import LAYERS as LAYERS
    from optiviz.nn import LOSSES as LOSSES
    from optiviz.nn import REGULARIZERS as REGULARIZERS
    from optiviz.nn import Activation as Activation
    from optiviz.nn import BatchNormalization as BatchNormalization
    from optiviz.nn import Dense as Dense
    from optiviz.nn import LayerNormalization as LayerNormalization
    from optiviz.nn import Network as Network
    from optiviz.nn import PReLU as PReLU
    from optiviz.nn import Residual as Residual
    from optiviz.notebook.widget import widget as widget
    from optiviz.objectives.base import Objective as Objective
    from optiviz.objectives.data import Data as Data
    from optiviz.objectives.datasets import DATASETS as DATASETS
    from optiviz.objectives.fit import Fit as Fit
    from optiviz.objectives.function import objective as objective
    from optiviz.objectives.second_derivatives import hessian as hessian
    from optiviz.objectives.second_derivatives import hessian_product as hessian_product
    from optiviz.objectives.surface import Surface as Surface
    from optiviz.objectives.surface import surface as surface
    from optiviz.objectives.surfaces import surfaces as surfaces
    from optiviz.objectives.table import read_csv as read_csv
    from optiviz.objectives.training import Training as Training
    from optiviz.objectives.training import training as training
    from optiviz.optimizers import GD as GD
    from optiviz.optimizers import NAG as NAG
    from optiviz.optimizers import OPTIMIZERS as OPTIMIZERS
    from optiviz.optimizers import SAM as SAM
    from optiviz.optimizers import SCHEDULES as SCHEDULES
    from optiviz.optimizers import SGD as SGD
    from optiviz.optimizers import Adadelta as Adadelta
    from optiviz.optimizers import Adagrad as Adagrad
    from optiviz.optimizers import Adam as Adam
    from optiviz.optimizers import Adamax as Adamax
    from optiviz.optimizers import AdamW as AdamW
    from optiviz.optimizers import Average as Average
    from optiviz.optimizers import Clip as Clip
    from optiviz.optimizers import Lion as Lion
    from optiviz.optimizers import Lookahead as Lookahead
    from optiviz.optimizers import Momentum as Momentum
    from optiviz.optimizers import Nadam as Nadam
    from optiviz.optimizers import Optimizer as Optimizer
    from optiviz.optimizers import Plateau as Plateau
    from optiviz.optimizers import RAdam as RAdam
    from optiviz.optimizers import RMSprop as RMSprop
    from optiviz.optimizers import WeightDecay as WeightDecay
    from optiviz.optimizers.function import rule as rule
    from optiviz.rendering.alttext import alt_text as alt_text
    from optiviz.rendering.draw import draw as draw
    from optiviz.rendering.render import render as render
    from optiviz.rendering.render import still as still
    from optiviz.runs.load import load_trajectories as load_trajectories
    from optiviz.runs.load import load_trajectory as load_trajectory
    from optiviz.runs.minimize import compare as compare
    from optiviz.runs.minimize import minimize as minimize
    from optiviz.runs.plane import Plane as Plane
    from optiviz.runs.recorded_landscape import RecordedLandscape as RecordedLandscape
    from optiviz.runs.recorded_landscape import load_landscape as load_landscape
    from optiviz.runs.scipy_solvers import SOLVERS as SOLVERS
    from optiviz.runs.scipy_solvers import Scipy as Scipy
    from optiviz.runs.summary import summary as summary
    from optiviz.runs.trajectory import Comparison as Comparison
    from optiviz.runs.trajectory import Evaluations as Evaluations
    from optiviz.runs.trajectory import Trajectory as Trajectory
    from optiviz.scene.play import play as play
    from optiviz.scene.scene import Panel as Panel
    from optiviz.scene.scene import Run as Run
    from optiviz.scene.scene import Scene as Scene
    from optiviz.scene.scene import Slow as Slow
    from optiviz.scenefile import load as load

__version__ = "0.1.0"

HOMES = {
    "_lib.errors": "BadInput",
    "analysis.anatomy": "Anatomy anatomy_of",
    "analysis.basins": "BasinMap basin_map basin_maps local_minima",
    "analysis.curvature": "condition_number sharpness stability_limit",
    "analysis.landscape": "landscape",
    "analysis.planes": "plane",
    "analysis.stability": "StabilityMap largest_stable_rate stability_map",
    "interop": "jax keras lightning transformers",
    "interop.keras": "from_keras",
    "interop.optax": "from_optax",
    "interop.recorder": "Recorder",
    "interop.scipy_method": "scipy_method",
    "interop.sequential": "Sequential",
    "interop.torch": "from_torch",
    "nn": (
        "ACTIVATIONS INITIALIZERS LAYERS LOSSES REGULARIZERS Activation BatchNormalization Dense "
        "LayerNormalization Network PReLU Residual"
    ),
    "notebook.widget": "widget",
    "objectives.base": "Objective",
    "objectives.data": "Data",
    "objectives.datasets": "DATASETS",
    "objectives.fit": "Fit",
    "objectives.function": "objective",
    "objectives.second_derivatives": "hessian hessian_product",
    "objectives.surface": "Surface surface",
    "objectives.surfaces": "surfaces",
    "objectives.table": "read_csv",
    "objectives.training": "Training training",
    "optimizers": (
        "GD NAG OPTIMIZERS SCHEDULES SGD Adadelta Adagrad Adam Adamax AdamW "
        "Average Clip Lion Lookahead Momentum Nadam Optimizer Plateau RAdam RMSprop SAM WeightDecay"
    ),
    "optimizers.function": "rule",
    "rendering.draw": "draw",
    "rendering.render": "render still",
    "runs.load": "load_trajectories load_trajectory",
    "runs.minimize": "compare minimize",
    "runs.plane": "Plane",
    "runs.recorded_landscape": "RecordedLandscape load_landscape",
    "runs.scipy_solvers": "SOLVERS Scipy",
    "runs.summary": "summary",
    "runs.trajectory": "Comparison Evaluations Trajectory",
    "rendering.alttext": "alt_text",
    "scene.play": "play",
    "scene.scene": "Panel Run Scene Slow",
    "scenefile": "load",
}
HOME_OF = {name: home for home, names in HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """A public name from its home, or a surface of the catalogue or an optimizer of the index by its own."""
    if name in HOME_OF:
        return getattr(import_module(f"optiviz.{HOME_OF[name]}"), name)
    if not name.startswith("_"):
        surfaces = import_module("optiviz.objectives.surfaces").surfaces
        if name in surfaces:
            return surfaces[name]
        optimizers = import_module("optiviz.optimizers")
        rules = {rule.__name__: rule for rule in optimizers.OPTIMIZERS.values()}
        if name in rules:
            return rules[name]
        from optiviz._lib.registry import hint

        near = hint(name, [*rules, *HOME_OF, *surfaces])
        raise AttributeError(f"module 'optiviz' has no attribute '{name}'{near}", name=name, obj=None)
    raise AttributeError(f"module 'optiviz' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*HOME_OF, *__getattr__("surfaces"), "__version__"]
