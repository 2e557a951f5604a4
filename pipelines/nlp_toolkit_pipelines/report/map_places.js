// Which point of a map is meant: the nearest to a place, the next in a direction. Points are numbers from 0; `shown`
// says of each whether it counts.
"use strict";

const MAP_CELL = 200; // side of a cell of the grid, in the map's steps

// The points of every cell of a grid, so that finding a near one does not go through all.
function placeGrid(xs, ys) {
  const cells = new Map();
  xs.forEach((x, point) => {
    const key = placeCell(Math.floor(x / MAP_CELL), Math.floor(ys[point] / MAP_CELL));
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key).push(point);
  });
  return cells;
}

function placeCell(column, row) {
  return column * 1000 + row;
}

// The nearest shown point to (x, y), at most `reach` away; -1 where there is none.
function nearestPoint({ x: xs, y: ys }, grid, shown, x, y, reach) {
  const [left, right, low, high] = [x - reach, x + reach, y - reach, y + reach].map((at) => Math.floor(at / MAP_CELL));
  let [best, least] = [-1, reach * reach];
  for (let column = left; column <= right; column++) {
    for (let row = low; row <= high; row++) {
      for (const point of grid.get(placeCell(column, row)) || []) {
        if (!shown(point)) continue;
        const distance = (xs[point] - x) ** 2 + (ys[point] - y) ** 2;
        if (distance < least) [best, least] = [point, distance];
      }
    }
  }
  return best;
}

// The nearest shown point within 45 degrees of a direction; aside costs more than ahead. -1 where there is none.
function pointAhead({ x: xs, y: ys }, shown, from, dx, dy) {
  let [best, least] = [-1, Infinity];
  for (let point = 0; point < xs.length; point++) {
    if (point === from || !shown(point)) continue;
    const [x, y] = [xs[point] - xs[from], ys[point] - ys[from]];
    const [along, aside] = [x * dx + y * dy, Math.abs(x * dy - y * dx)];
    if (along <= 0 || aside > along) continue;
    const distance = along + 2 * aside;
    if (distance < least) [best, least] = [point, distance];
  }
  return best;
}

// The next shown point in the order of the texts (`step` 1) or the one before (-1); -1 after the last.
function pointAfter(count, shown, from, step) {
  for (let point = from + step; point >= 0 && point < count; point += step) if (shown(point)) return point;
  return -1;
}
