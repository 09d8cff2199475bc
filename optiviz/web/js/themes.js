/** Themes: colours of everything that is not a run, type on canvas, and how large it is. */

const LIGHT_PAINT = {
  paper: "#ffffff",
  ink: "#16181d",
  soft: "#5d646d",
  wash: "#f4f5f6",
  grid: "#e3e5e8",
  track: "#868e97",
  casing: "#ffffff",
  star: "#ffd23f",
  line: "#2d42564d",
};
const DARK_PAINT = {
  paper: "#11151b",
  ink: "#f1efe9",
  soft: "#a9b0b8",
  wash: "#1a2028",
  grid: "#2a313a",
  track: "#6b7683",
  casing: "#0b0e12",
  star: "#ffd23f",
  line: "#ffffff29",
};

/**
 * The colours of a theme.
 * @param {string} theme
 * @returns {typeof LIGHT_PAINT}
 */
export function paintOf(theme) {
  return theme === "dark" ? DARK_PAINT : LIGHT_PAINT;
}

/**
 * The theme in which a page opens: the scene's, or that of a reader who has colours of their own.
 * @param {string} theme
 * @returns {string}
 */
export function openingTheme(theme) {
  if (!matchMedia("(forced-colors: active)").matches) return theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/**
 * Whether the page is set for a narrow window: one column under the other.
 * @returns {boolean}
 */
export function isNarrow() {
  return document.documentElement.classList.contains("narrow");
}

/**
 * How much larger type is than on a screen 800 pixels high.
 * @returns {number}
 */
export function typeScale() {
  return isNarrow() ? 1 : Math.min(Math.max(window.innerHeight / 800, 1), 1.5);
}

/**
 * A font for a canvas.
 * @param {number} size pixels at a height of 800
 * @param {boolean} bold
 * @returns {string}
 */
export function fontOf(size, bold) {
  return `${bold ? 700 : 400} ${size * typeScale()}px Page, Lato, system-ui, sans-serif`;
}

/** A pen that measures, and never draws. */
const rulers = new Map();

/**
 * How wide a text is in a font.
 * @param {string} text
 * @param {string} font
 * @returns {number} pixels
 */
export function textWidth(text, font) {
  if (!rulers.has("pen")) rulers.set("pen", document.createElement("canvas").getContext("2d"));
  const pen = rulers.get("pen");
  pen.font = font;
  return pen.measureText(text).width;
}
