/** Places of names beside heads: where they cover least, never over each other, and steady. */

const SIDES = [[1, 0], [-1, 0], [0, -1], [0, 1], [1, -1], [1, 1], [-1, -1], [-1, 1]];
const AWAY = [0.45, 1.3, 2.4]; // heights of the type from a head; beyond the first with a line
const OUTSIDE = 1e5; // what leaving the plot, or standing on another name, costs
const STEADY = 300; // pixels that it must cover less to change its side
const COLUMN = 1.2; // heights of the type from one name of a column to the next
const TOGETHER = 0.3; // heights of the type: heads at one place

/**
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box
 */

/** Pixels that two boxes share. */
function sharedArea(one, two) {
  const across = Math.min(one.right, two.right) - Math.max(one.left, two.left);
  const down = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
  return across > 0 && down > 0 ? across * down : 0;
}

const boxAround = ([x, y], half) => ({ left: x - half, top: y - half, right: x + half, bottom: y + half });

/** The box of a name on one side of its head. */
function candidate([x, y], wide, size, em, away, [right, down]) {
  const high = 1.1 * em;
  const gap = size / 2 + away * em * (right && down ? 0.7 : 1);
  const left = x + right * gap - (right > 0 ? 0 : right < 0 ? wide : wide / 2);
  const middle = y + down * gap * (right ? 0.8 : 1) + (right ? 0 : (down * high) / 2);
  return { left, top: middle - high / 2, right: left + wide, bottom: middle + high / 2 };
}

/** All names under each other beside heads at one place; on the left where the right has no room. */
function columnOf(heads, widths, size, em, width, height, taken) {
  const xs = heads.map((head) => head.at[0]);
  const ys = heads.map((head) => head.at[1]);
  const widest = Math.max(...widths);
  const tall = COLUMN * em * heads.length;
  const middle = ys.reduce((sum, y) => sum + y, 0) / ys.length;
  const top = Math.min(Math.max(middle - tall / 2, 0), height - tall);
  const boxesAt = (x) =>
    widths.map((wide, k) => ({
      left: x,
      top: top + COLUMN * em * k,
      right: x + wide,
      bottom: top + COLUMN * em * (k + 1),
    }));
  const cost = (x) => {
    const covered = boxesAt(x).flatMap((box) => taken.map((one) => sharedArea(box, one)));
    return (x + widest > width || x < 0 ? 1e6 : 0) + covered.reduce((sum, one) => sum + one, 0);
  };
  const right = Math.max(...xs) + size / 2 + 0.6 * em;
  const left = Math.min(...xs) - size / 2 - 0.6 * em - widest;
  const [first, ...others] = [right, left, right + 3.2 * em];
  const best = others.reduce((found, x) => (cost(x) < cost(found) ? x : found), first);
  return boxesAt(best).map((box) => ({ ...box, far: false, side: -1 }));
}

/**
 * A place for each name: of 24 around its head the one that covers least.
 * @param {import("./heads.js").HeadPlace[]} heads in the order of the key
 * @param {number[]} widths of the names
 * @param {{size: number, em: number, width: number, height: number}} sizes of a head, the type, the plot
 * @param {Array<[number, number]>} trodden pixels along the trails
 * @param {Box[]} taken by other words and marks
 * @param {Map<string, number>} before the side that each name had; changed to the present ones
 * @returns {Array<Box & {far: boolean, side: number}|null>} null where there is no room
 */
export function namePlaces(heads, widths, { size, em, width, height }, trodden, taken, before) {
  const within = heads.filter((head) => !head.exit);
  const spread = (axis) => {
    const every = within.map((head) => head.true[axis]);
    return Math.max(...every) - Math.min(...every);
  };
  if (heads.length > 1 && within.length === heads.length && Math.max(spread(0), spread(1)) < TOGETHER * em) {
    before.clear();
    return columnOf(heads, widths, size, em, width, height, taken);
  }
  const squares = heads.map((head) => boxAround(head.at, size / 2));
  const names = [];
  return heads.map((head, k) => {
    let best = null;
    AWAY.forEach((away, ring) => {
      SIDES.forEach((side, place) => {
        const index = ring * SIDES.length + place;
        const box = candidate(head.at, widths[k], size, em, away, side);
        let cost = 0.02 * index + (before.get(head.label) === index ? -STEADY : 0);
        if (box.left < 0 || box.top < 0 || box.right > width || box.bottom > height) cost += OUTSIDE;
        for (const one of names) if (sharedArea(box, one) > 0) cost += OUTSIDE;
        for (const one of taken) cost += 4 * sharedArea(box, one);
        for (const one of squares) cost += sharedArea(box, one);
        if (best && cost - 0.02 >= best.cost) return;
        for (const [x, y] of trodden) {
          if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) cost += 20;
        }
        if (!best || cost < best.cost) best = { ...box, far: ring > 0, side: index, cost };
      });
    });
    if (best.cost >= OUTSIDE / 2) return null;
    names.push(best);
    before.set(head.label, best.side);
    return best;
  });
}
