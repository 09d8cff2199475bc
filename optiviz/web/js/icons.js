/** Icons of buttons: line drawings of 24 units, in the colour of the text beside them. */

const LINES = {
  explore: "M2 8H14M20 8H22M2 16H4M10 16H22M17 5a3 3 0 1 0 0 6a3 3 0 1 0 0-6M7 13a3 3 0 1 0 .1 0",
  share: "M12 15V3M7 8L12 3L17 8M4 13V20H20V13",
  dark: "M20 14.5A8.5 8.5 0 1 1 9.5 4A6.8 6.8 0 0 0 20 14.5Z",
  light:
    "M12 8a4 4 0 1 0 .1 0M12 2V4M12 20V22M2 12H4M20 12H22" +
    "M5 5L6.4 6.4M17.6 17.6L19 19M5 19L6.4 17.6M17.6 6.4L19 5",
  keys:
    "M4 5H20A1.5 1.5 0 0 1 21.5 6.5V17.5A1.5 1.5 0 0 1 20 19H4A1.5 1.5 0 0 1 2.5 17.5V6.5A1.5 1.5 0 0 1 4 5" +
    "M7 9.5H7.5M11.5 9.5H12M16 9.5H16.5M7.5 14.5H16.5",
  full: "M3 9V3H9M15 3H21V9M21 15V21H15M9 21H3V15",
  names: "M3 6H21M3 12H15M3 18H18",
  arrows: "M5 19L19 5M10 5H19V14",
  swap: "M3 9H21L16 4.5M21 15H3L8 19.5",
  first: "M5 4V20M18 5L10 12L18 19",
  back: "M15 5L8 12L15 19",
  on: "M9 5L16 12L9 19",
  close: "M5 5L19 19M19 5L5 19",
  reset: "M4 4V9H9M4.6 9A8 8 0 1 1 4 13",
  table: "M3 5H21V19H3ZM3 10H21M3 14.5H21M9 5V19",
};
const SOLIDS = { play: "M8 5L19 12L8 19Z", pause: "M8 5.5H10.4V18.5H8ZM13.6 5.5H16V18.5H13.6Z" };

/**
 * An icon.
 * @param {string} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  drawing.classList.add("icon");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", LINES[name] ?? SOLIDS[name]);
  if (!LINES[name]) path.classList.add("solid");
  drawing.append(path);
  return drawing;
}
