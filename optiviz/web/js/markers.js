/** Markers of runs: outlines with as much ink as a circle of one unit, on canvas and as elements. */

// matplotlib's outlines at the sizes of rendering/marks/agg.py; y goes down
const OUTLINES = {
  o: "M.5 0A.5.5 0 1 1-.5 0A.5.5 0 1 1 .5 0Z",
  s: "M-.42-.42H.42V.42H-.42Z",
  D: "M0-.5798L.5798 0L0 .5798L-.5798 0Z",
  "^": "M0-.56L.56 .56H-.56Z",
  v: "M0 .56L-.56-.56H.56Z",
  P: "M-.1967-.59H.1967V-.1967H.59V.1967H.1967V.59H-.1967V.1967H-.59V-.1967H-.1967Z",
  X: "M-.3-.6L0-.3L.3-.6L.6-.3L.3 0L.6 .3L.3 .6L0 .3L-.3 .6L-.6 .3L-.3 0L-.6-.3Z",
  h: "M0-.55L.4763-.275V.275L0 .55L-.4763 .275V-.275Z",
  "*": "M0-.5L.1123-.1545H.4755L.1816 .059L.2939 .4045L0 .191L-.2939 .4045L-.1816 .059L-.4755-.1545H-.1123Z",
};
const readyPaths = new Map();

/**
 * The outline of a marker as the text of an SVG path, one unit across, y down.
 * @param {string} marker o s D ^ v P X h *
 * @returns {string}
 */
export function markerOutline(marker) {
  return OUTLINES[marker] ?? OUTLINES.o;
}

/**
 * A marker on a canvas.
 * @param {CanvasRenderingContext2D} pen
 * @param {string} marker
 * @param {[number, number]} at
 * @param {number} size pixels across
 * @param {string} face
 * @param {string} [edge] colour of its rim
 * @param {number} [width] of the rim
 */
export function drawMarker(pen, marker, at, size, face, edge = "", width = 0) {
  if (!readyPaths.has(marker)) readyPaths.set(marker, new Path2D(markerOutline(marker)));
  const path = new Path2D();
  path.addPath(readyPaths.get(marker), { a: size, d: size, e: at[0], f: at[1] });
  if (width > 0) {
    pen.lineJoin = "round";
    pen.lineWidth = 2 * width;
    pen.strokeStyle = edge;
    pen.stroke(path);
  }
  pen.fillStyle = face;
  pen.fill(path);
}

/**
 * A marker as an element; it takes the colour of its text.
 * @param {string} marker
 * @returns {SVGElement}
 */
export function markerElement(marker) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  drawing.setAttribute("viewBox", "-.65 -.65 1.3 1.3");
  drawing.setAttribute("aria-hidden", "true");
  drawing.classList.add("marker");
  path.setAttribute("d", markerOutline(marker));
  drawing.append(path);
  return drawing;
}
