// What if the server, the files or the workers were others: times computed from
// the measured rows, by model.mjs.

import {element, svg} from "./dom.mjs";
import {count, duration, spreadOut} from "./format.mjs";
import {BEYOND, LEAST_US, expected, isAsFast, largestOf, measuredAt, priceOf, wayOf, waysOf} from "./model.mjs";

const ASKED_WORK_US = 50000;
const MANY = 10000;
const MUCH_MORE = 1.2; // times the memory
const WAY_COLOURS = {one: "--soft", threads: "--computing", processes: "--connecting",
                     loop: "--here", pool: "--storing"};
const LABELS = {one: "one", threads: "threads", processes: "processes", loop: "loop", pool: "loop and pool"};

const ifs = {parts: [], ways: [], at: {}, fields: {}, spread: 0};

const ms = (us) => us >= 100e6 ? `${Math.floor(us / 60e6)} min ${Math.floor(us / 1e6) % 60} s`
  : us >= 1e6 ? (us / 1e6).toFixed(2) + " s" : (us / 1000).toFixed(us < 9950 ? 1 : 0) + " ms";
const megabytes = (bytes) => bytes >= 1e9 ? (bytes / 1e9).toFixed(1) + " GB" : (bytes / 1e6).toFixed(0) + " MB";

const TERM_WORDS = {latency: "server", work: "computing", own: "own", busy: "of the loop", processor: "processor"};

// The formula of a way with its figures; without what is nothing.
function formulaOf(at, result) {
  const {limit, started, turns, waits, able} = result;
  const costs = {...result, latency: at.latency, work: at.work};
  const plus = (...keys) => keys.filter((key) => costs[key] >= 50)
    .map((key) => `${ms(costs[key])} ${TERM_WORDS[key]}`).join(" + ");
  const cores = (n) => n === 1 ? "" : ` ÷ ${n} cores`;
  const begun = started >= 50 ? `${ms(started)} starting + ` : "";
  const sum = (times, ...keys) => begun + (times === 1 ? plus(...keys) : `${count(times)} × (${plus(...keys)})`);
  const each = (...keys) => `${count(at.files)} × (${plus(...keys)})`;
  if (limit === "waiting") return sum(turns, "latency", "work", "own");
  if (limit === "computing")
    return sum(waits, "latency", "own") + ` + ${count(at.files)} × ${ms(at.work)} computing` +
      (cores(able) || " ÷ 1 thread");
  if (limit === "thread")
    return result.ownThread ? each("busy", "work") : each("busy");
  return each("processor", "work") + cores(result.busyCores);
}

// In words what takes the most of the expected time.
function limitOf(way, result, at) {
  const {n, able} = result, isOne = able === 1;
  const cores = (m) => `${m} core${m === 1 ? "" : "s"}`;
  switch (largestOf(result)) {
  case "starting": return `starting ${count(n)} ${["threads", "processes"].includes(way.kind) ? way.kind : "transfers"}`;
  case "latency": return n >= at.files ? "the server's latency" : `${count(n)} in flight`;
  case "own": return n >= at.files ? "own work" : `own work, ${count(n)} in flight`;
  case "busy": return "the loop's one thread";
  case "work": return isOne ? "one thread computes" : `${cores(able)} compute`;
  default: return cores(result.busyCores);
  }
}

// In the table of a race: what more at a time would take.
export function tellMore(parts) {
  const ways = waysOf(parts), sections = document.querySelectorAll(".part");
  parts.forEach((part, at) => sections[at].querySelectorAll("tr.why").forEach((line, i) => {
    const place = line.querySelector(".more"), workers = place ? Number(place.dataset.atOnce) : 0;
    const way = wayOf(ways, part.rows[i]);
    if (workers === 0 || !way) return;
    // One after the other, with more at a time, is threads.
    const more = way.kind === "one" ? {...way, kind: "threads"} : way;
    const {us} = expected(more, {...part, workers});
    place.textContent = `${count(workers)} would take about ${ms(us)} (computed).`;
  }));
}

// ---- the table ----------------------------------------------------------------

// How a way stands beside the others: alone, or with those that are as fast; and
// beside that of these which needs the least memory. Where some were measured, it is
// told of a way that was not.
function standingOf({price, isFast, known}, {fast, measured, leanest}) {
  if (!isFast) return [];
  const word = (fast > 1 ? "tie" : "fastest") + (measured && !known ? ", computed" : "");
  const times = price && leanest > 0 ? price.bytes / leanest : 1;
  return [element("b", {}, word), ...(times < MUCH_MORE ? []
    : [element("small", {}, `with ${times.toFixed(times < 9.95 ? 1 : 0)} × the memory`)])];
}

function tableRow(row, at, all) {
  const {way, result, price, us, known} = row;
  const width = `width:${(100 * us / all.longest).toFixed(2)}%`;
  const note = known ? `measured; computed: ${ms(result.us)}` : all.measured ? "computed" : "";
  return element("tr", {},
    element("th", {scope: "row"}, way.name, element("small", {}, `${count(result.n)} at a time`)),
    element("td", {class: "time"}, element("span", {class: "bar"}, element("i", {style: width})),
            element("b", {}, ms(us)), ...(note ? [element("small", {}, note)] : [])),
    element("td", {class: "left standing"}, ...standingOf(row, all)),
    element("td", {}, price ? megabytes(price.bytes) : "–"),
    element("td", {}, price ? count(Math.round(price.switches)) : "–"),
    element("td", {class: "left limit"}, limitOf(way, result, at)),
    element("td", {class: "left formula"}, "= " + formulaOf(at, result)));
}

// What was measured under these conditions counts, and is compared, before what is
// computed.
function drawTable(place, at) {
  const points = measuredAt(ifs.parts, at);
  const rows = ifs.ways.map((way) => {
    const result = expected(way, at), known = points.find((p) => p.kind === way.kind && p.n === result.n);
    return {way, result, known, us: known ? known.us : result.us,
            price: known || priceOf(ifs.parts, way.kind, result.n, at.files)};
  });
  const best = Math.min(...rows.map(({us}) => us));
  for (const row of rows) row.isFast = isAsFast(row.way, {n: row.result.n, us: row.us}, best, ifs.spread);
  const fast = rows.filter(({isFast}) => isFast);
  const all = {longest: Math.max(...rows.map(({us}) => us)), fast: fast.length,
               measured: rows.some(({known}) => known),
               leanest: Math.min(...fast.filter(({price}) => price).map(({price}) => price.bytes))};
  place.replaceChildren(...rows.map((row) => tableRow(row, at, all)));
}

// ---- the curves -----------------------------------------------------------------

const LABEL_HEIGHT = 16;
const PLOT = {W: 900, H: 300, L: 70, R: 130, T: 12, B: 42};

function grid(picture, x, y, most, low, high) {
  for (let n = 1; n <= most; n *= 10)
    picture.append(svg("line", {class: "axis", x1: x(n), x2: x(n), y1: PLOT.T, y2: PLOT.H - PLOT.B}),
      svg("text", {x: x(n), y: PLOT.H - PLOT.B + 17, "text-anchor": "middle"}, count(n)));
  const steps = high / low < 20 ? [1, 1.5, 2, 3, 5, 7] : high / low < 300 ? [1, 2, 5] : [1];
  for (let power = Math.pow(10, Math.floor(Math.log10(low))); power <= high; power *= 10)
    for (const us of steps.map((k) => k * power).filter((v) => v >= low && v <= high)) picture.append(svg("line", {class: "axis", x1: PLOT.L, x2: PLOT.W - PLOT.R, y1: y(us), y2: y(us)}),
      svg("text", {x: PLOT.L - 8, y: y(us) + 4, "text-anchor": "end"}, duration(us)));
  picture.append(svg("text", {x: (PLOT.L + PLOT.W - PLOT.R) / 2, y: PLOT.H - 6, "text-anchor": "middle"},
                     "at a time (files in flight); both axes are logarithmic"));
}

function curve(way, at, most) {
  const points = [];
  for (let n = 1; n <= most; n = Math.max(n + 1, Math.round(n * 1.08)))
    points.push([n, expected(way, {...at, workers: n}).us]);
  points.push([most, expected(way, {...at, workers: most}).us]);
  return way.kind === "one" ? [[1, points[0][1]], [most, points[0][1]]] : points;
}

function drawCurves(place, at) {
  const most = Math.max(100, at.files), known = measuredAt(ifs.parts, at);
  const curves = ifs.ways.map((way) => ({way, points: curve(way, at, most)}));
  const all = curves.flatMap((c) => c.points.map(([, us]) => us)).concat(known.map((p) => p.us));
  const low = Math.min(...all) * .8, high = Math.max(...all) * 1.3;
  const x = (n) => PLOT.L + Math.log(n) / Math.log(most) * (PLOT.W - PLOT.L - PLOT.R);
  const y = (us) => PLOT.T + Math.log(high / us) / Math.log(high / low) * (PLOT.H - PLOT.T - PLOT.B);
  const picture = svg("svg", {viewBox: `0 0 ${PLOT.W} ${PLOT.H}`, role: "img",
    "aria-label": "Expected time over the number of files at a time; the table above has the figures."});
  grid(picture, x, y, most, low, high);
  picture.append(svg("line", {class: "chosen", x1: x(Math.min(most, at.workers)), x2: x(Math.min(most, at.workers)),
                              y1: PLOT.T, y2: PLOT.H - PLOT.B}));
  const ends = spreadOut(curves.map(({points}) => y(points.at(-1)[1])), LABEL_HEIGHT, PLOT.H - PLOT.B);
  curves.forEach(({way, points}, i) => {
    const colour = `var(${WAY_COLOURS[way.kind]})`;
    picture.append(svg("polyline", {class: "curve-line", style: `stroke:${colour}`,
      points: points.map(([n, us]) => `${x(n).toFixed(1)},${y(us).toFixed(1)}`).join(" ")}),
      svg("rect", {class: "key", x: x(most) + 12, y: ends[i] - 5, width: 10, height: 10, style: `fill:${colour}`}),
      svg("text", {class: "label", x: x(most) + 27, y: ends[i] + 4}, LABELS[way.kind]));
  });
  for (const {kind, n, us} of known)
    picture.append(svg("circle", {class: "known", r: 5, cx: x(n), cy: y(us), style: `fill:var(${WAY_COLOURS[kind]})`}));
  place.replaceChildren(element("div", {class: "wide curve", tabindex: "0", role: "region",
                                        "aria-label": "curves"}, picture),
    element("p", {class: "soft"}, known.length
      ? "Dots: measured under these conditions. The lines are computed: how far a dot is from its line, they are wrong."
      : "Nothing was measured under these conditions: all of this is computed. " +
        "“As measured” shows the lines beside the measured points."));
}

// ---- what can be changed ----------------------------------------------------------

const logarithmic = (least, most) => ({
  toSlider: (v) => Math.log(Math.max(v, least) / least) / Math.log(most / least) * 1000,
  fromSlider: (s) => {
    const v = least * Math.pow(most / least, s / 1000);
    const power = Math.pow(10, Math.floor(Math.log10(v)) - 1);
    return Math.round(v / power) * power;
  }});
const linear = (most, step) => ({toSlider: (v) => v / most * 1000,
                                 fromSlider: (s) => Math.round(s / 1000 * most / step) * step});

const KNOBS = [
  {key: "latency", words: "The server answers after", unit: "ms", scale: 1000, ...logarithmic(1, 10000)},
  {key: "work", words: "Computing for each file", unit: "ms", scale: 1000, ...linear(200, 5)},
  {key: "workers", words: "At a time, at most", unit: "", scale: 1, ...logarithmic(1, MANY)},
  {key: "files", words: "Files", unit: "", scale: 1, ...logarithmic(1, MANY)},
];

function drawWhatIf() {
  const {at, fields} = ifs;
  for (const {key, scale, toSlider} of KNOBS) {
    const {slider, number} = fields[key];
    slider.value = toSlider(at[key] / scale);
    slider.setAttribute("aria-valuetext", number.value);
    if (document.activeElement !== number) number.value = Math.round(at[key] / scale);
  }
  drawTable(fields.table, at);
  drawCurves(fields.curves, at);
}

function changeTo(change) {
  Object.assign(ifs.at, change);
  drawWhatIf();
}

function makeKnob({key, words, unit, scale, fromSlider}) {
  const slider = element("input", {type: "range", min: 0, max: 1000, step: 1, "aria-label": `${words}, slider`});
  const number = element("input", {type: "number", min: key === "work" ? 0 : 1, max: 100000, "aria-label": words});
  ifs.fields[key] = {slider, number};
  slider.addEventListener("input", () => changeTo({[key]: fromSlider(Number(slider.value)) * scale}));
  number.addEventListener("input", () => {
    const value = Math.round(Number(number.value));
    if (number.value !== "" && value >= (key === "work" ? 0 : 1) && value <= 100000) changeTo({[key]: value * scale});
  });
  return element("div", {class: "knob"}, element("span", {}, words), number, element("span", {}, unit), slider);
}

function makePresets(parts, first) {
  const presets = [["50 ms of computing each", {...first, work: ASKED_WORK_US}],
    ...parts.map((p) => [p.work > 0 ? `as measured, ${p.work / 1000} ms of computing` : "as measured, only waiting",
                         {...first, files: p.files, work: p.work}])];
  return element("p", {class: "presets"}, ...presets.map(([text, change]) => {
    const node = element("button", {type: "button"}, text);
    node.addEventListener("click", () => changeTo(change));
    return node;
  }));
}

// ---- the price of many ------------------------------------------------------------

function priceRow(name, price) {
  const m = price.measured, n = count(m.inFlight);
  const computed = (value, formula) => element("td", {}, element("b", {}, value),
    element("small", {}, `= ${formula}`));
  const one = `one more: ${(price.each / 1000).toFixed(0)} kB, ${price.switchesEach.toFixed(1)} switches, ` +
    `${duration(price.startEach)} to start`;
  return element("tr", {}, element("th", {scope: "row"}, name, element("small", {}, one)),
    element("td", {}, `${n}: ${megabytes(m.bytes)}`),
    computed(megabytes(price.bytes), `${megabytes(price.base)} + ${count(MANY)} × ${(price.each / 1000).toFixed(0)} kB`),
    element("td", {}, `${n}: ${count(m.switches)}`),
    computed(count(Math.round(price.switches)), `${count(MANY)} × ${price.switchesEach.toFixed(1)}`),
    computed(duration(price.startEach * MANY), `${count(MANY)} × ${duration(price.startEach)}`));
}

function makePrice(parts) {
  const rows = [["Threads", "threads"], ["Event loop", "loop"]]
    .map(([name, kind]) => [name, priceOf(parts, kind, MANY)]).filter(([, price]) => price);
  if (rows.length === 0) return [];
  return [element("h3", {id: "price"}, `The price of a thread, and of ${count(MANY)} at a time`),
    element("p", {class: "soft"}, `Measured, and for ${count(MANY)} files at a time computed, from what one more costs. ` +
      "Memory that the kernel keeps for each thread comes on top."),
    element("div", {class: "wide", tabindex: "0", role: "region", "aria-label": "the price"},
      element("table", {class: "given"}, element("thead", {}, element("tr", {},
        ...["Way", "Memory, measured", "Memory, computed", "Switches, measured", "Switches, computed",
              "Starting all, computed"].map((text) => element("th", {scope: "col"}, text)))),
        element("tbody", {}, ...rows.map(([name, price]) => priceRow(name, price)))))];
}

export function whatIf(place, parts) {
  const first = parts.find((p) => p.work === 0);
  ifs.parts = parts;
  ifs.ways = waysOf(parts);
  ifs.spread = first.spread;
  const most = Math.max(...first.rows.map((row) => row.inFlight));
  ifs.at = {files: first.files, latency: Math.max(1000, first.latency), work: ASKED_WORK_US,
            workers: most, cores: first.cores};
  const begin = {...ifs.at};
  ifs.fields.table = element("tbody");
  ifs.fields.curves = element("div");
  place.append(
    element("p", {}, "Would the same way win with another server, or if each file had to be computed? " +
      `Change the figures. The times are computed from what this computer (${first.cores} cores) measured.`),
    element("div", {class: "knobs"}, ...KNOBS.map(makeKnob)), makePresets(parts, begin),
    element("div", {class: "wide", tabindex: "0", role: "region", "aria-label": "expected times"},
      element("table", {class: "given rows"}, element("thead", {}, element("tr", {},
        element("th", {scope: "col"}, "Way"), element("th", {scope: "col"}, "Expected time", element("small", {}, "computed; what was measured, where it was")),
        element("th", {scope: "col", class: "left standing"}, "Which wins", element("small", {},
          `tie: within ${Math.round(100 * ifs.spread)} % or ${LEAST_US / 1e6} s, as two runs may differ; ` +
            `${100 * BEYOND} % with more at a time than measured`)),
        element("th", {scope: "col"}, "Memory", element("small", {}, "computed")),
        element("th", {scope: "col"}, "Switches", element("small", {}, "computed")),
        element("th", {scope: "col", class: "left"}, "What limits it", element("small", {}, "takes the most")),
        element("th", {scope: "col", class: "left"}, "How it is computed",
          element("small", {}, "starting, own, of the loop, processor: measured; own is what a file takes " +
            "beside the server's latency")))), ifs.fields.table)),
    ifs.fields.curves, ...makePrice(parts));
  drawWhatIf();
}
