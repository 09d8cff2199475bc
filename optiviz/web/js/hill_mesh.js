/** Triangle mesh of the hill: heights over a grid, their cut and their holes, normals and walls. */

export const HILL_MESH = 91; // places along each side, at most: software rendering turns it at 30 a second
const WALL_SHARE = 0.12; // how far the walls reach below the lowest ground, of the height
const RAW_TOP = 2; // heights above are cut: a level line between two places stays between them
const HALVINGS = 12; // that find where the ground is cut or ends between two places
const AROUND = [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [1, -1], [-1, 1], [-1, -1]];

/**
 * @typedef {{x: number, y: number, z: number, floor: number}} HillBox half sides (the longer one is 1),
 *   height and the z of the floor
 * @typedef {{count: number, raw: Float64Array, corners: Float64Array}} HillGrid heights row by row of y:
 *   0 lowest, 1 where the hill is cut, NaN where there is no ground; column, row and height of each corner of
 *   the faces
 */

/**
 * The box of a hill that folds into a map of so many pixels.
 * @param {number} width
 * @param {number} height
 * @returns {HillBox}
 */
export function hillBox(width, height) {
  const longer = Math.max(width, height);
  const [x, y] = [width / longer, height / longer];
  const z = Math.sqrt(x * y); // a square base of 2 x 2 carries a hill of 1
  return { x, y, z, floor: -WALL_SHARE * z };
}

/**
 * Heights over a window. The corners of the faces are the places of the grid, those beside the cut or
 * beside a hole moved onto its rim, which is then no saw.
 * @param {(x: number, y: number) => number} height
 * @param {number[]} xlim
 * @param {number[]} ylim
 * @param {number} [count]
 * @returns {HillGrid}
 */
export function hillGrid(height, xlim, ylim, count = HILL_MESH) {
  const at = (u, v) => {
    const x = xlim[0] + ((xlim[1] - xlim[0]) * u) / (count - 1);
    return Math.min(Math.max(height(x, ylim[0] + ((ylim[1] - ylim[0]) * v) / (count - 1)), 0), RAW_TOP);
  };
  const raw = new Float64Array(count * count);
  const corners = new Float64Array(3 * count * count);
  for (let k = 0; k < raw.length; k++) {
    const [column, row] = [k % count, Math.floor(k / count)];
    raw[k] = at(column, row);
    corners.set([column, row, raw[k]], 3 * k);
  }
  const grid = { count, raw, corners };
  if (raw.some((one) => !Number.isFinite(one))) snapToRim(grid, at);
  snapToCut(grid, at);
  return grid;
}

/** Where along the way from a to b, both (column, row), `test` stops to hold; it holds at a and not at b. */
function lastPlace(a, b, test) {
  let [low, high] = [0, 1];
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (low + high) / 2;
    if (test(a[0] + middle * (b[0] - a[0]), a[1] + middle * (b[1] - a[1]))) low = middle;
    else high = middle;
  }
  return low;
}

/** Whether a corner may move to its neighbour: those on the border stay on it. */
function mayMove(count, [column, row], [across, up]) {
  const stays = (place, step) => step === 0 || (place > 0 && place < count - 1);
  return stays(column, across) && stays(row, up);
}

/** Move each corner that is nearest to a crossing of height 1 along an edge of the grid onto it. */
function snapToCut({ count, raw, corners }, at) {
  const nearest = new Float64Array(raw.length).fill(1);
  for (let k = 0; k < raw.length; k++) {
    const here = [k % count, Math.floor(k / count)];
    for (const step of [[1, 0], [0, 1]]) {
      const there = [here[0] + step[0], here[1] + step[1]];
      if (there[0] === count || there[1] === count) continue;
      const other = k + step[0] + count * step[1];
      if (!((raw[k] - 1) * (raw[other] - 1) < 0)) continue;
      const low = raw[k] < 1;
      const share = lastPlace(here, there, (u, v) => at(u, v) < 1 === low);
      const far = Math.min(share, 1 - share);
      const one = share < 0.5 ? k : other;
      if (far >= nearest[one] || !mayMove(count, share < 0.5 ? here : there, step)) continue;
      nearest[one] = far;
      corners.set([here[0] + share * step[0], here[1] + share * step[1], 1], 3 * one);
    }
  }
}

/** Move each corner in a hole beside its rim onto it, towards the ground from which the hole is farthest. */
function snapToRim({ count, raw, corners }, at) {
  for (let k = 0; k < raw.length; k++) {
    if (Number.isFinite(raw[k])) continue;
    const here = [k % count, Math.floor(k / count)];
    let farthest = 0;
    for (const step of AROUND) {
      const ground = [here[0] + step[0], here[1] + step[1]];
      if (Math.min(...ground) < 0 || Math.max(...ground) >= count || !mayMove(count, here, step)) continue;
      if (!Number.isFinite(raw[ground[1] * count + ground[0]])) continue;
      const share = lastPlace(ground, here, (u, v) => Number.isFinite(at(u, v)));
      if (share < farthest) continue;
      farthest = share;
      const place = [ground[0] - share * step[0], ground[1] - share * step[1]];
      corners.set([...place, at(...place)], 3 * k);
    }
  }
}

/**
 * The height of the drawn ground at a place of the grid, flat above 1.
 * @param {HillGrid} grid
 * @param {number} at
 */
function cut(grid, at) {
  return Math.min(grid.raw[at], 1);
}

/**
 * Vertices (7 numbers each: place x, y, z in the box, normal x, y, z, raw height) and triangles of the
 * ground. A quad is divided along the diagonal whose ends are nearer in height, so that ridges are no
 * saws; one with a hole at a corner is left out.
 * @param {HillGrid} grid
 * @param {HillBox} box
 * @returns {{vertices: Float32Array, triangles: Uint16Array, coarse: Uint16Array}} coarse: a quarter of them
 */
export function hillSurface(grid, box) {
  const { count, corners } = grid;
  const vertices = new Float32Array(7 * count * count);
  const apart = [(2 * box.x) / (count - 1), (2 * box.y) / (count - 1)];
  for (let k = 0; k < count * count; k++) {
    const dx = (gradientAlong(grid, k, k % count, 1) * box.z) / apart[0];
    const dy = (gradientAlong(grid, k, Math.floor(k / count), count) * box.z) / apart[1];
    const size = Math.sqrt(dx * dx + dy * dy + 1);
    const [u, v, raw] = corners.subarray(3 * k, 3 * k + 3);
    const place = [u * apart[0] - box.x, v * apart[1] - box.y, box.z * Math.min(raw, 1)];
    vertices.set([...place, -dx / size, -dy / size, 1 / size, raw], 7 * k);
  }
  return { vertices, triangles: hillTriangles(grid, 1), coarse: hillTriangles(grid, 2) };
}

/**
 * The triangles between every so many vertices of the ground.
 * @param {HillGrid} grid
 * @param {number} stride a divisor of count - 1; of others 1 is taken
 * @returns {Uint16Array}
 */
function hillTriangles({ count, corners }, stride) {
  const step = (count - 1) % stride ? 1 : stride;
  const height = (at) => Math.min(corners[3 * at + 2], 1);
  const triangles = [];
  for (let row = 0; row + step < count; row += step) {
    for (let column = 0; column + step < count; column += step) {
      const a = row * count + column;
      const [b, c, d] = [a + step, a + step * count, a + step * count + step];
      if (!Number.isFinite(height(a) + height(b) + height(c) + height(d))) continue;
      const rising = Math.abs(height(a) - height(d)) <= Math.abs(height(b) - height(c));
      triangles.push(...(rising ? [a, b, d, a, d, c] : [a, b, c, b, d, c]));
    }
  }
  return Uint16Array.from(triangles);
}

/**
 * Change of the drawn height from one place of the grid to the next: central, one-sided at a rim.
 * @param {HillGrid} grid
 * @param {number} at
 * @param {number} place along the axis
 * @param {number} stride
 */
function gradientAlong(grid, at, place, stride) {
  const here = cut(grid, at);
  const before = place > 0 ? cut(grid, at - stride) : NaN;
  const after = place + 1 < grid.count ? cut(grid, at + stride) : NaN;
  if (!Number.isFinite(here)) { // of a corner that was moved onto a rim: that of the ground beside it
    if (Number.isFinite(after)) return gradientAlong(grid, at + stride, place + 1, stride);
    return Number.isFinite(before) ? gradientAlong(grid, at - stride, place - 1, stride) : 0;
  }
  if (Number.isFinite(before + after)) return (after - before) / 2;
  if (Number.isFinite(after)) return after - here;
  return Number.isFinite(before) ? here - before : 0;
}

/**
 * The rim of one side, corner to corner, and its foot: (3 numbers a vertex).
 * @param {HillGrid} grid
 * @param {HillBox} box
 * @param {0|1} axis of the side's normal
 * @param {-1|1} end
 * @returns {{rim: Float64Array, whole: boolean}} whole: it has ground all along
 */
export function hillRim(grid, box, axis, end) {
  const { count } = grid;
  const rim = new Float64Array(3 * count);
  let whole = true;
  for (let k = 0; k < count; k++) {
    const far = end > 0 ? count - 1 : 0;
    const at = axis === 0 ? k * count + far : far * count + k;
    const along = -1 + (2 * grid.corners[3 * at + (axis === 0 ? 1 : 0)]) / (count - 1);
    const z = box.z * Math.min(grid.corners[3 * at + 2], 1);
    whole &&= Number.isFinite(grid.raw[at]);
    rim.set(axis === 0 ? [end * box.x, along * box.y, z] : [along * box.x, end * box.y, z], 3 * k);
  }
  return { rim, whole };
}

/**
 * A strip of triangles (3 numbers a vertex) from a rim down to the floor.
 * @param {Float64Array} rim
 * @param {number} floor
 * @returns {Float32Array}
 */
export function hillWall(rim, floor) {
  const strip = new Float32Array(2 * rim.length);
  for (let k = 0; k < rim.length; k += 3) {
    strip.set([rim[k], rim[k + 1], rim[k + 2], rim[k], rim[k + 1], floor], 2 * k);
  }
  return strip;
}

/**
 * The height in the box over a place in the box, bilinear in the grid; NaN in a hole.
 * @param {HillGrid} grid
 * @param {HillBox} box
 * @param {number} x
 * @param {number} y
 * @returns {number}
 */
export function hillHeight(grid, box, x, y) {
  const { count } = grid;
  const u = Math.min(Math.max((x / box.x + 1) / 2, 0), 1) * (count - 1);
  const v = Math.min(Math.max((y / box.y + 1) / 2, 0), 1) * (count - 1);
  const [i, j] = [Math.min(Math.floor(u), count - 2), Math.min(Math.floor(v), count - 2)];
  const at = j * count + i;
  const low = cut(grid, at) + (u - i) * (cut(grid, at + 1) - cut(grid, at));
  const high = cut(grid, at + count) + (u - i) * (cut(grid, at + count + 1) - cut(grid, at + count));
  return box.z * (low + (v - j) * (high - low));
}

/**
 * The vertices of a line without those that lie nearer than `apart` to the last one kept, and how many are
 * kept up to each of the old ones: many small steps are one piece.
 * @param {Float32Array} line 3 numbers a vertex
 * @param {number} apart
 * @returns {{line: Float32Array, kept: Uint16Array}}
 */
export function thinnedLine(line, apart) {
  const found = [];
  const kept = new Uint16Array(line.length / 3);
  let [x, y, z] = [Infinity, Infinity, Infinity];
  for (let k = 0; k < kept.length; k++) {
    const [dx, dy, dz] = [line[3 * k] - x, line[3 * k + 1] - y, line[3 * k + 2] - z];
    if (!(dx * dx + dy * dy + dz * dz < apart * apart)) {
      [x, y, z] = line.subarray(3 * k, 3 * k + 3);
      found.push(x, y, z);
    }
    kept[k] = found.length / 3 - 1;
  }
  return { line: Float32Array.from(found), kept };
}

/**
 * The rectangles of a line: four vertices a piece, each with both ends of the piece (6 numbers).
 * @param {ArrayLike<number>} line 3 numbers a vertex
 * @returns {Float32Array}
 */
export function ribbonCorners(line) {
  const pieces = Math.max(line.length / 3 - 1, 0);
  const corners = new Float32Array(24 * pieces);
  for (let piece = 0; piece < pieces; piece++) {
    for (let corner = 0; corner < 4; corner++) {
      for (let k = 0; k < 6; k++) corners[24 * piece + 6 * corner + k] = line[3 * piece + k];
    }
  }
  return corners;
}

/**
 * Two triangles a piece.
 * @param {number} pieces
 * @returns {Uint16Array}
 */
export function ribbonTriangles(pieces) {
  const found = new Uint16Array(6 * pieces);
  for (let piece = 0; piece < pieces; piece++) {
    found.set([0, 1, 2, 1, 3, 2].map((corner) => 4 * piece + corner), 6 * piece);
  }
  return found;
}
