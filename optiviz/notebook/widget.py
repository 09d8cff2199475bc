"""The page as a widget of a notebook, whose state Python reads back; made with anywidget."""

from typing import Any

from optiviz._lib.calls import checked_call
from optiviz.interop.packages import import_package
from optiviz.rendering.alttext import alt_text
from optiviz.rendering.encode import Film
from optiviz.rendering.encode.html import page_of_film
from optiviz.scene.given import Shown, as_scene
from optiviz.scene.play import play

TALL = 660  # pixels
# The page stands in a frame that reaches nothing; it tells its state to whoever shows it and asks for it.
SCRIPT = """
function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.title = model.get("title");
  frame.style.cssText = `border: 0; width: 100%; height: ${model.get("tall")}px`;
  const hear = (event) => {
    if (event.source !== frame.contentWindow || !event.data?.optiviz) return;
    model.set("state", event.data.optiviz);
    model.save_changes();
  };
  window.addEventListener("message", hear);
  frame.addEventListener("load", () => frame.contentWindow.postMessage("optiviz:state", "*"));
  frame.srcdoc = model.get("page");
  el.append(frame);
  return () => window.removeEventListener("message", hear);
}
export default { render };
"""


@checked_call
def widget(scene: Shown, *, explore: bool = True, tall: int = TALL) -> Any:
    """The page of a scene as a widget: what is changed in it is read back in Python.

    Parameters
    ----------
    scene : Scene, Comparison, or path
        A path is a scene file, or the name of a shipped scene.
    explore : bool, default True
        Carry all rules and surfaces, to choose from.
    tall : int, default 660
        Height in pixels.

    Returns
    -------
    anywidget.AnyWidget
        Its `state` is a dict, empty until something is touched: `start` (two numbers), `time` in steps,
        `changes` (what was changed of problem and runs), and `toml`, the scene as it is now, which `ov.load`
        reads from a file. `observe(function, "state")` tells of each change.

    Raises
    ------
    BadInput
        When anywidget is not installed: `pip install anywidget`.

    Examples
    --------
    In a notebook::

        touched = ov.widget("race_beale")
        touched                                  # in its own cell: drag the start, turn the knobs
        touched.state["start"]                   # in the next one: [0.5, 1.25]
        Path("mine.toml").write_text(touched.state["toml"])
    """
    anywidget = import_package("anywidget", "ov.widget")
    traitlets = import_package("traitlets", "ov.widget")
    shown, played = as_scene(scene)
    comparison = played or play(shown)
    page = page_of_film(Film(shown, comparison), explore)
    tag = {"sync": True}
    members = {
        "_esm": SCRIPT,
        "page": traitlets.Unicode().tag(**tag),
        "title": traitlets.Unicode().tag(**tag),
        "tall": traitlets.Int().tag(**tag),
        "state": traitlets.Dict().tag(**tag),
    }
    made = type("PageWidget", (anywidget.AnyWidget,), members)
    return made(page=page, title=alt_text(shown, comparison), tall=tall)
