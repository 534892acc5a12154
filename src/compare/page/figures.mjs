// Figures of the runs: how long transfers took, and what failed.

import {element, svg} from "./dom.mjs";
import {count, duration, plural, quantile} from "./format.mjs";

// What most took: of few transfers, the part that is 9 of 10.
function mostOf(times) {
  if (times.length < 10) return "";
  const [words, q] = times.length < 100 ? ["9 of 10", .9] : ["99 of 100", .99];
  return `${words} at most ${duration(times[Math.ceil(q * times.length) - 1])}, `;
}

export function distribution(place, runs, parts) {
  if (parts.length < 2) { place.append(spreads(runs)); return; }
  parts.forEach((part, at) => place.append(
    element("h3", {}, part.work > 0 ? `+ ${part.work / 1000} ms of computing each` : "only waiting"),
    spreads(runs.filter((run) => run.part === at))));
}

// A picture for each of these runs, all with one axis.
function spreads(runs) {
  const all = runs.flatMap((run) => run.transfers.map((t) => t.end - t.begin));
  const low = Math.log(Math.max(100, all.reduce((a, b) => Math.min(a, b), Infinity)));
  const high = Math.log(Math.max(200, all.reduce((a, b) => Math.max(a, b), 0)) * 1.02);
  const BINS = 40, W = 320, H = 110;
  const grid = element("div", {class: "small"});
  for (const run of runs) {
    const times = run.transfers.map((t) => t.end - t.begin).sort((a, b) => a - b);
    if (times.length === 0) continue;
    const bins = new Array(BINS).fill(0);
    for (const t of times)
      bins[Math.max(0, Math.min(BINS - 1,
        Math.floor((Math.log(Math.max(t, 100)) - low) / (high - low) * BINS)))]++;
    const most = Math.max(...bins);
    const name = run.title || run.label;
    const text = `${name}: half took at most ${duration(quantile(times, .5))}, ` +
      `${mostOf(times)}the longest ${duration(times[times.length - 1])}.`;
    const picture = svg("svg", {viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": text});
    bins.forEach((n, i) => picture.append(svg("rect", {class: "bar",
      x: i * W / BINS + .5, width: W / BINS - 1, y: H - 18 - n / most * (H - 26),
      height: n / most * (H - 26)})));
    picture.append(svg("line", {class: "axis", x1: 0, x2: W, y1: H - 17.5, y2: H - 17.5}),
      svg("text", {x: W / 2, y: H - 4, "text-anchor": "middle"}, `highest bar: ${plural(most, "transfer")}`),
      svg("text", {x: 0, y: H - 4}, duration(Math.exp(low))),
      svg("text", {x: W, y: H - 4, "text-anchor": "end"}, duration(Math.exp(high))));
    grid.append(element("section", {class: "panel"}, element("h3", {}, name), picture,
      element("p", {class: "soft"}, text.slice(name.length + 2))));
  }
  return grid;
}

export function errors(place, runs) {
  const rows = [];
  for (const run of runs) {
    const causes = new Map();
    for (const t of run.transfers)
      if (t.error) causes.set(t.error, (causes.get(t.error) || 0) + 1);
    for (const [cause, n] of [...causes].sort((a, b) => b[1] - a[1]))
      rows.push({run, cause, n});
  }
  if (rows.length === 0) {
    place.append(element("p", {}, "No attempt failed."));
    return;
  }
  const most = Math.max(...rows.map((row) => row.n));
  const table = element("table", {}, element("thead", {}, element("tr", {},
    element("th", {}, "Run"), element("th", {}, "Cause"), element("th", {}, "Attempts"),
    element("th", {}, ""))));
  const body = element("tbody");
  for (const {run, cause, n} of rows)
    body.append(element("tr", {}, element("td", {}, run.label), element("td", {}, cause),
      element("td", {}, count(n)), element("td", {style: "width:40%"},
        svg("svg", {viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true",
                    style: "height:.8rem"},
          svg("rect", {class: "bar", x: 0, y: 0, width: 100 * n / most, height: 8})))));
  table.append(body);
  place.append(element("div", {class: "wide"}, table));
}
