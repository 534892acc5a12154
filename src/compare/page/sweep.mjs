// The time of each mode over the number of files at a time.

import {element, svg} from "./dom.mjs";
import {duration} from "./format.mjs";

const MARKS = [
  (x, y) => svg("circle", {cx: x, cy: y, r: 4}),
  (x, y) => svg("rect", {x: x - 4, y: y - 4, width: 8, height: 8}),
  (x, y) => svg("path", {d: `M${x} ${y - 5}L${x + 5} ${y + 4}H${x - 5}Z`}),
  (x, y) => svg("path", {d: `M${x} ${y - 5}L${x + 5} ${y}L${x} ${y + 5}L${x - 5} ${y}Z`}),
];
const LINES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

export function sweep(place, rows) {
  const W = 640, H = 320, L = 68, R = 96, T = 12, B = 40;
  const points = rows.filter((p) => p.failed === 0);
  const modes = [...new Set(points.map((p) => p.mode))];
  const workers = [...new Set(points.map((p) => p.workers))].sort((a, b) => a - b);
  const seconds = points.map((p) => p.seconds);
  const lx = [Math.log(workers[0]), Math.log(Math.max(workers[workers.length - 1], workers[0] + 1))];
  const ly = [Math.log(Math.min(...seconds) * .9), Math.log(Math.max(...seconds) * 1.1)];
  const x = (n) => L + (Math.log(n) - lx[0]) / (lx[1] - lx[0]) * (W - L - R);
  const y = (s) => T + (ly[1] - Math.log(s)) / (ly[1] - ly[0]) * (H - T - B);
  const best = [];
  const picture = svg("svg", {viewBox: `0 0 ${W} ${H}`, role: "img"});
  for (const n of workers)
    picture.append(svg("line", {class: "axis", x1: x(n), x2: x(n), y1: T, y2: H - B}),
      svg("text", {x: x(n), y: H - B + 16, "text-anchor": "middle"}, String(n)));
  for (let e = Math.floor(ly[0] / Math.LN10); e <= ly[1] / Math.LN10; e++)
    for (const k of [1, 2, 5]) {
      const s = k * Math.pow(10, e);
      if (Math.log(s) < ly[0] || Math.log(s) > ly[1]) continue;
      picture.append(svg("line", {class: "axis", x1: L, x2: W - R, y1: y(s), y2: y(s)}),
        svg("text", {x: L - 14, y: y(s) + 4, "text-anchor": "end"}, duration(s * 1e6)));
    }
  picture.append(svg("text", {x: (L + W - R) / 2, y: H - 6, "text-anchor": "middle"}, "files at a time"));
  let labelled = [];
  modes.forEach((mode, i) => {
    const own = points.filter((p) => p.mode === mode).sort((a, b) => a.workers - b.workers);
    const top = own.find((p) => p.best);
    if (top) best.push(`${mode}: ${top.workers} (${duration(top.seconds * 1e6)})`);
    const group = svg("g", {fill: LINES[i % 4], stroke: LINES[i % 4]});
    group.append(svg("polyline", {fill: "none", "stroke-width": 2,
      points: own.map((p) => `${x(p.workers)},${y(p.seconds)}`).join(" ")}));
    for (const p of own) group.append(MARKS[i % 4](x(p.workers), y(p.seconds)));
    if (top)
      group.append(svg("circle", {cx: x(top.workers), cy: y(top.seconds), r: 9, fill: "none",
                                  "stroke-width": 2}));
    const last = own[own.length - 1];
    let at = y(last.seconds) + 4;
    while (labelled.some((other) => Math.abs(other - at) < 13)) at -= 13;
    labelled.push(at);
    picture.append(group, svg("text", {x: x(last.workers) + 12, y: at}, mode));
  });
  const text = best.length === 0 ? "No row fetched all its files." :
    "The fewest at a time that are as fast as the fastest, ringed: " + best.join("; ") + ".";
  picture.setAttribute("aria-label", "Time over the number of files at a time. " + text);
  place.append(element("div", {class: "wide curve", tabindex: "0"}, picture),
    element("p", {}, text));
}
