"""Where the panels of a frame stand."""


def layout(count: int, width: float, bottom: float, top: float) -> list[tuple[float, float, float, float]]:
    """A box for each panel: up to three side by side, more in two rows."""
    height = top - bottom
    first = count if count <= 3 else (count + 1) // 2
    rows = [(first, height)] if first == count else [(first, height / 2), (count - first, height / 2)]
    boxes, y = [], top
    for across, high in rows:
        y -= high
        boxes += [(k * width / across, y, width / across, high) for k in range(across)]
    return boxes
