/** WebGL drawing of the hill: buffers and passes; it draws when asked, and counts what it draws. */

import { channelsOfLab, labOf } from "./lab.js";
import { hillRim, hillSurface, hillWall, ribbonCorners, ribbonTriangles, thinnedLine } from "./hill_mesh.js";
import { hillMatrix } from "./hill_camera.js";
import { hillPrograms } from "./hill_shaders.js";

const SUN = [-0.55, 0.35, 0.75]; // fixed to the ground
const SHADES = 13; // L* that light takes or gives, from -7 to 5: less than half a band
const NEARER = 0.0075; // of the depth, that a ribbon is drawn before the ground it lies on
const WALL_TINTS = [2 / 7, 3 / 7]; // of the ramp: of the sides that look along x, along y
const MOST_PIECES = 16000; // of a line: corners are counted in 16 bits
const SMALL_PIECE = 0.006; // of a line, where the longer side is 2: some two pixels of a large hill
const EDGE = 0.6; // half width of the block's edges in pixels

/**
 * @typedef {{grid: import("./hill_mesh.js").HillGrid, box: import("./hill_mesh.js").HillBox,
 *   paths: Float32Array[]}} HillModel heights and the lines on them (3 numbers a vertex, in the box)
 * @typedef {{bands: string[], soft: string, ink: string, casing: string, line: string}} HillColors
 *   `line`: of level lines, "#rrggbbaa"
 * @typedef {{path: number, end: number, color: string, alpha: number, radius: number, casing: number}}
 *   HillRibbon a line of the model up to vertex `end`, half widths in pixels
 * @typedef {object} HillFrame
 * @property {number} ratio device pixels a pixel
 * @property {HillRibbon[]} ribbons
 * @property {number} mapShare how much the picture of the map covers the bands
 * @property {number} bold the height of a bold level line, or -1
 * @property {boolean} coarse a quarter of the triangles, and nothing of what the hill hides
 */

/**
 * Colours of the bands (a row each) under 13 lights, RGBA.
 * @param {string[]} bands
 * @returns {Uint8Array}
 */
export function hillShades(bands) {
  const texels = new Uint8Array(4 * SHADES * bands.length);
  bands.forEach((color, band) => {
    const [level, a, b] = labOf(color);
    for (let shade = 0; shade < SHADES; shade++) {
      texels.set([...channelsOfLab([level + shade - 7, a, b]), 255], 4 * (band * SHADES + shade));
    }
  });
  return texels;
}

/**
 * Parts in [0, 1] of "#rrggbb" with an alpha.
 * @param {string} hex
 * @param {number} alpha
 * @returns {number[]}
 */
function tintOf(hex, alpha) {
  return [...[1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255), alpha];
}

/** The colour at a share of the ramp that bands of colour are taken from, as parts in [0, 1]. */
function tintAlong(bands, share) {
  const at = share * (bands.length - 1);
  const [low, high] = [labOf(bands[Math.floor(at)]), labOf(bands[Math.ceil(at)])];
  const lab = low.map((part, k) => part + (at - Math.floor(at)) * (high[k] - part));
  return [...channelsOfLab(lab).map((part) => part / 255), 1];
}

/** A buffer of the context with `data` in it. */
function filledBuffer(gl, target, data) {
  const buffer = gl.createBuffer();
  gl.bindBuffer(target, buffer);
  gl.bufferData(target, data, gl.STATIC_DRAW);
  return buffer;
}

/** A texture without mipmaps that is not repeated. */
function plainTexture(gl, unit) {
  const texture = gl.createTexture();
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  for (const [key, value] of [
    [gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR],
    [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
  ]) gl.texParameteri(gl.TEXTURE_2D, key, value);
  return texture;
}

/**
 * What draws a hill into a context. `load` takes a model, `paint` colours, `drape` a picture of the
 * map; `draw` draws one frame. `counts` are the draws and the triangles so far.
 * @param {WebGL2RenderingContext} gl
 */
export function hillPainter(gl) {
  const programs = hillPrograms(gl);
  const counts = { draws: 0, triangles: 0 };
  const [shades, map] = [plainTexture(gl, 0), plainTexture(gl, 1)];
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  const tip = filledBuffer(gl, gl.ARRAY_BUFFER, new Float32Array(24));
  const rectangles = filledBuffer(gl, gl.ELEMENT_ARRAY_BUFFER, ribbonTriangles(MOST_PIECES));
  let [model, colors, parts, walls] = [null, null, null, []];

  function free() {
    if (!parts) return;
    const sides = parts.sides.flatMap((side) => [side.wall, side.edge]);
    const { vertices, triangles, coarse, paths } = parts;
    for (const buffer of [vertices, triangles, coarse, ...sides, ...paths]) gl.deleteBuffer(buffer);
  }

  function load(given) {
    free();
    model = given;
    const { vertices, triangles, coarse } = hillSurface(model.grid, model.box);
    parts = {
      vertices: filledBuffer(gl, gl.ARRAY_BUFFER, vertices),
      triangles: filledBuffer(gl, gl.ELEMENT_ARRAY_BUFFER, triangles),
      coarse: filledBuffer(gl, gl.ELEMENT_ARRAY_BUFFER, coarse),
      counts: [triangles.length, coarse.length],
      sides: [[0, -1], [0, 1], [1, -1], [1, 1]].map(([axis, end]) => hillSide(axis, end)),
      paths: [],
    };
  }

  function loadPaths(paths) {
    parts.paths.forEach((buffer) => gl.deleteBuffer(buffer));
    model = { ...model, paths, thinned: paths.map((path) => thinnedLine(path, SMALL_PIECE)) };
    parts.paths = model.thinned.map(({ line }) => filledBuffer(gl, gl.ARRAY_BUFFER, ribbonCorners(line)));
  }

  function hillSide(axis, end) {
    const { box, grid } = model;
    const { rim, whole } = hillRim(grid, box, axis, end);
    const strip = hillWall(rim, box.floor);
    const [first, last] = [[rim[0], rim[1], box.floor], [...rim.slice(-3, -1), box.floor]];
    const edge = Float32Array.from([...rim, ...last, ...first, ...rim.slice(0, 3)]);
    return {
      axis, end, whole,
      wall: filledBuffer(gl, gl.ARRAY_BUFFER, strip), corners: strip.length / 3,
      edge: filledBuffer(gl, gl.ARRAY_BUFFER, ribbonCorners(edge)), pieces: edge.length / 3 - 1,
    };
  }

  function paint(given) {
    colors = given;
    walls = WALL_TINTS.map((share) => tintAlong(colors.bands, share));
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, shades);
    const size = [SHADES, colors.bands.length];
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, ...size, 0, gl.RGBA, gl.UNSIGNED_BYTE, hillShades(colors.bands));
  }

  function drape(picture) {
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, map);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, picture);
  }

  function drawSurface(camera, view, frame) {
    const { program, at } = programs.surface;
    gl.useProgram(program);
    gl.uniformMatrix4fv(at.camera, false, camera);
    gl.uniform2f(at.halves, model.box.x, model.box.y);
    gl.uniform1i(at.shades, 0);
    gl.uniform1i(at.map, 1);
    const long = Math.sqrt(SUN[0] * SUN[0] + SUN[1] * SUN[1] + SUN[2] * SUN[2]);
    gl.uniform3f(at.sun, SUN[0] / long, SUN[1] / long, SUN[2] / long);
    for (const [name, value] of [
      ["bands", colors.bands.length], ["light", view.lift], ["mapShare", frame.mapShare],
      ["bold", frame.bold], ["pixel", frame.ratio],
    ]) gl.uniform1f(at[name], value);
    gl.uniform4fv(at.line, tintOf(colors.line, parseInt(colors.line.slice(7, 9), 16) / 255));
    gl.uniform4fv(at.ink, tintOf(colors.ink, 1));
    gl.uniform4fv(at.casing, tintOf(colors.casing, 1));
    gl.bindBuffer(gl.ARRAY_BUFFER, parts.vertices);
    [[3, 0], [3, 12], [1, 24]].forEach(([size, offset], place) => {
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, 28, offset);
    });
    const count = parts.counts[Number(frame.coarse)];
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, frame.coarse ? parts.coarse : parts.triangles);
    gl.drawElements(gl.TRIANGLES, count, gl.UNSIGNED_SHORT, 0);
    counts.triangles += count / 3;
    gl.disableVertexAttribArray(2);
  }

  function drawWalls(camera, view, frame) {
    const near = parts.sides.filter((side) => side.whole && side.end * view.towards[side.axis] > 1e-6);
    gl.useProgram(programs.wall.program);
    gl.uniformMatrix4fv(programs.wall.at.camera, false, camera);
    gl.disableVertexAttribArray(1);
    for (const side of near) {
      gl.uniform4fv(programs.wall.at.tint, walls[side.axis]);
      gl.bindBuffer(gl.ARRAY_BUFFER, side.wall);
      gl.vertexAttribPointer(0, 3, gl.FLOAT, false, 12, 0);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, side.corners);
      counts.triangles += side.corners - 2;
    }
    beginRibbons(camera, view, frame);
    for (const side of near) {
      ribbon(side.edge, side.pieces, tintOf(colors.soft, view.lift), EDGE * frame.ratio, 1);
    }
  }

  function beginRibbons(camera, view, frame) {
    const { program, at } = programs.ribbon;
    gl.useProgram(program);
    gl.uniformMatrix4fv(at.camera, false, camera);
    gl.uniform2f(at.size, view.width * frame.ratio, view.height * frame.ratio);
    gl.uniform1f(at.nearer, NEARER);
    gl.enableVertexAttribArray(1);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, rectangles);
    gl.depthMask(false);
  }

  function ribbon(buffer, pieces, tint, radius, cap) {
    if (pieces < 1) return;
    const { at } = programs.ribbon;
    gl.uniform4fv(at.tint, tint);
    gl.uniform1f(at.radius, radius);
    gl.uniform1f(at.cap, cap);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    for (const place of [0, 1]) gl.vertexAttribPointer(place, 3, gl.FLOAT, false, 24, 12 * place);
    const drawn = Math.min(pieces, MOST_PIECES);
    gl.drawElements(gl.TRIANGLES, 6 * drawn, gl.UNSIGNED_SHORT, 0);
    counts.triangles += 2 * drawn;
  }

  /** A line up to a place between two of its vertices. */
  function growing({ path, end }, tint, radius, cap) {
    const places = model.paths[path];
    const { line, kept } = model.thinned[path];
    const whole = Math.min(Math.floor(end), kept.length - 1);
    ribbon(parts.paths[path], kept[whole], tint, radius, cap);
    const from = line.subarray(3 * kept[whole], 3 * kept[whole] + 3); // from the last vertex kept to the end
    const share = Math.min(end, kept.length - 1) - whole;
    const next = share > 0 ? whole + 1 : whole;
    const piece = [...from, 0, 0, 0];
    for (let k = 0; k < 3; k++) {
      piece[3 + k] = places[3 * whole + k] + share * (places[3 * next + k] - places[3 * whole + k]);
    }
    if (piece.every((part, k) => part === piece[(k + 3) % 6])) return;
    gl.bindBuffer(gl.ARRAY_BUFFER, tip);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, ribbonCorners(piece));
    ribbon(tip, 1, tint, radius, cap);
  }

  function draw(view, frame) {
    const { ratio } = frame;
    gl.viewport(0, 0, Math.round(view.width * ratio), Math.round(view.height * ratio));
    gl.depthMask(true);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    counts.draws += 1;
    if (!model || !colors) return;
    const camera = hillMatrix(view);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    gl.disable(gl.BLEND);
    drawSurface(camera, view, frame);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    drawWalls(camera, view, frame);
    if (!frame.coarse) {
      gl.depthFunc(gl.GREATER); // what the hill hides is thin, faint, without round ends that would overlap
      for (const one of frame.ribbons) growing(one, tintOf(one.color, 0.3 * one.alpha), 0.75 * ratio, 0);
      gl.depthFunc(gl.LEQUAL);
    }
    for (const one of frame.ribbons) {
      if (one.casing && one.alpha === 1) {
        growing(one, tintOf(colors.casing, 1), (one.radius + one.casing) * ratio, 1);
      }
      growing(one, tintOf(one.color, one.alpha), one.radius * ratio, one.alpha === 1 ? 1 : 0);
    }
  }

  return { load, loadPaths, paint, drape, draw, counts };
}
