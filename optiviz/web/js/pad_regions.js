/** Regions of the pad's ground: what a cell tells, and where the words of a region stand. */

/**
 * The region of a cell: "arrives", "on its way" or "runs away".
 * @param {{arrived: Int32Array, lost: Int32Array}} grid of `stabilityGround`
 * @param {number} cell
 * @returns {string}
 */
export function regionOf({ arrived, lost }, cell) {
  if (arrived[cell] >= 0) return "arrives";
  return lost[cell] >= 0 ? "runs away" : "on its way";
}

/**
 * The cell in the middle of each region: the one farthest from all other regions and from the edge.
 * @param {{columns: number, rows: number, arrived: Int32Array, lost: Int32Array}} grid
 * @returns {Object<string, {column: number, row: number, room: number}>} room in cells
 */
export function middlesOf(grid) {
  const { columns, rows } = grid;
  const found = {};
  for (let cell = 0; cell < columns * rows; cell += 1) {
    const [column, row] = [cell % columns, Math.floor(cell / columns)];
    const region = regionOf(grid, cell);
    const room = roomAt(grid, column, row, region);
    if (!found[region] || room > found[region].room) found[region] = { column, row, room };
  }
  return found;
}

/** How many cells a region reaches to all sides; words are wider than high. */
function roomAt(grid, column, row, region) {
  const { columns, rows } = grid;
  const beside = [[3, 0], [-3, 0]];
  const round = [...beside, [0, 1], [0, -1], [3, 1], [-3, 1], [3, -1], [-3, -1]];
  for (let room = 0; ; room += 1) {
    for (const [right, above] of rows > 1 ? round : beside) {
      const [x, y] = [column + right * room, row + above * room];
      if (x < 0 || y < 0 || x >= columns || y >= rows) return room - 1;
      if (regionOf(grid, x + y * columns) !== region) return room - 1;
    }
  }
}
