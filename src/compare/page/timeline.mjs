// Who waits and who works: each run on a canvas.

import {element} from "./dom.mjs";
import {duration, plural} from "./format.mjs";
import {PHASES, laneWord, story} from "./run.mjs";

const WAITING = 0, WORKING = 1, BLOCKED = 2, READY = 3;
const LOOP_HEIGHT = 18, GUTTER = 72, AXIS = 18;

const colours = {};
function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ink", "soft", "line", "paper", "accent", "waiting",
                      "working", "blocked", "hatch", "ready"])
    colours[name] = style.getPropertyValue("--" + name).trim();
}

// Blocked is hatched and ready is dotted, so that neither needs its colour to
// be told.
function hatch(context) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.fillStyle = colours.blocked;
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = colours.hatch;
  pen.lineWidth = 1.2;
  pen.beginPath();
  for (const x of [-8, 0, 8]) { pen.moveTo(x, 8); pen.lineTo(x + 8, 0); }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

function dots(context) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 4;
  const pen = tile.getContext("2d");
  pen.fillStyle = colours.waiting;
  pen.fillRect(0, 0, 4, 4);
  pen.fillStyle = colours.ready;
  pen.fillRect(0, 0, 2, 2);
  pen.fillRect(2, 2, 2, 2);
  return context.createPattern(tile, "repeat");
}

function fillOf(panel, state) {
  return state === WORKING ? colours.working
       : state === BLOCKED ? panel.hatch
       : state === READY ? panel.dots : colours.waiting;
}

const view = {common: true, panels: [], longest: 1};

function windowOf(panel) {
  const whole = view.common ? view.longest : panel.run.length;
  return {from: panel.from * whole, to: panel.to * whole, whole};
}

function layout(panel) {
  const lanes = Math.max(1, panel.run.lanes);
  panel.laneHeight = Math.max(2, Math.min(14, Math.floor(300 / lanes)));
  panel.top = panel.run.spans.length ? LOOP_HEIGHT + 6 : 0;
  panel.shown = Math.min(lanes, Math.floor(600 / panel.laneHeight));
  panel.height = panel.top + panel.shown * panel.laneHeight + AXIS;
  const width = Math.max(240, panel.canvas.clientWidth || 300);
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  panel.width = width;
  panel.canvas.width = width * ratio;
  panel.canvas.height = panel.height * ratio;
  panel.canvas.style.height = panel.height + "px";
  panel.pen = panel.canvas.getContext("2d");
  panel.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  panel.hatch = hatch(panel.pen);
  panel.dots = dots(panel.pen);
}

function tick(span) {
  const raw = span / 6;
  const power = Math.pow(10, Math.floor(Math.log10(raw)));
  return [1, 2, 5, 10].map((k) => k * power).find((step) => step >= raw);
}

function drawAxis(panel, w, x) {
  const pen = panel.pen, bottom = panel.height - AXIS;
  pen.fillStyle = colours.soft;
  pen.strokeStyle = colours.line;
  pen.font = "11px system-ui, sans-serif";
  pen.textAlign = "center";
  const step = tick(w.to - w.from);
  for (let t = Math.ceil(w.from / step) * step; t <= w.to; t += step) {
    const at = Math.round(x(t)) + .5;
    pen.beginPath();
    pen.moveTo(at, 0);
    pen.lineTo(at, bottom);
    pen.stroke();
    if (at < panel.width - 18)
      pen.fillText(t === 0 ? "0" : duration(t), at, panel.height - 4);
  }
  pen.textAlign = "left";
  pen.fillStyle = colours.ink;
  if (panel.top) pen.fillText("loop", 2, 13);
  const word = panel.run.mode === "async" ? "connections"
             : laneWord(panel.run, 0).replace(/ 1$/, panel.run.lanes > 1 ? (panel.run.mode === "processes" ? "es" : "s") : "");
  if (panel.shown * panel.laneHeight >= 12)
    pen.fillText(word, 2, panel.top + 11);
}

function bar(panel, x, from, to, top, height, state) {
  const left = x(from), right = x(to);
  if (right < GUTTER || left > panel.width) return;
  panel.pen.fillStyle = fillOf(panel, state);
  const begin = Math.max(left, GUTTER);
  panel.pen.fillRect(begin, top, Math.max(right - begin, .6), height);
}

function drawLoop(panel, x) {
  bar(panel, x, 0, panel.run.length, 6, LOOP_HEIGHT - 12, WAITING);
  for (const span of panel.run.spans)
    bar(panel, x, span.begin, span.end, 0, LOOP_HEIGHT,
        span.blocked ? BLOCKED : WORKING);
}

function drawTransfers(panel, x) {
  const wait = panel.run.blocks ? BLOCKED : WAITING;
  const gap = panel.laneHeight > 5 ? 1 : 0;
  for (const t of panel.run.transfers) {
    if (t.lane >= panel.shown) break;
    const top = panel.top + t.lane * panel.laneHeight;
    const height = panel.laneHeight - gap;
    bar(panel, x, t.begin, t.answer, top, height, wait);
    if (t.served > t.answer)
      bar(panel, x, t.answer, t.served, top, height, READY);
    bar(panel, x, t.served, t.read, top, height, WORKING);
    if (t.resumed > t.read)
      bar(panel, x, t.read, t.resumed, top, height, READY);
    bar(panel, x, t.resumed, t.done, top, height, WORKING);
    if (t.end > t.done)
      bar(panel, x, t.done, t.end, top, height, READY);
    // Neighbours in a lane are told apart by the edge of each.
    const left = x(t.begin);
    if (gap && left >= GUTTER && left < panel.width) {
      panel.pen.fillStyle = colours.paper;
      panel.pen.fillRect(left, top, 1, height);
    }
  }
}

function drawSelected(panel, x) {
  const t = panel.run.transfers[panel.selected];
  if (!t || t.lane >= panel.shown) return;
  const left = Math.max(x(t.begin), GUTTER);
  panel.pen.strokeStyle = colours.ink;
  panel.pen.lineWidth = 2;
  panel.pen.strokeRect(left - 1, panel.top + t.lane * panel.laneHeight - 1,
                       Math.max(x(t.end) - left, 2) + 2, panel.laneHeight + 1);
  panel.pen.lineWidth = 1;
}

function draw(panel) {
  const w = windowOf(panel);
  const scale = (panel.width - GUTTER) / (w.to - w.from);
  const x = (us) => GUTTER + (us - w.from) * scale;
  panel.pen.clearRect(0, 0, panel.width, panel.height);
  drawAxis(panel, w, x);
  if (panel.top) drawLoop(panel, x);
  drawTransfers(panel, x);
  drawSelected(panel, x);
}

function describe(panel, t) {
  const parts = PHASES.filter((phase) => t.phases[phase] > 0)
    .map((phase) => `${phase} ${duration(t.phases[phase])}`);
  const total = t.end - t.queuedAt;
  const outcome = t.error ? `failed: ${t.error}` : `status ${t.status}`;
  return `${t.url}: ${parts.join(", ")}; in all ${duration(total)}. ` +
         `Attempt ${t.attempt}, ${outcome}, ${plural(t.bytes, "byte")}, ` +
         `${laneWord(panel.run, t.lane)}, from ${duration(t.begin)}.`;
}

function select(panel, index) {
  if (index < 0 || index >= panel.run.transfers.length) return;
  panel.selected = index;
  panel.detail.textContent = describe(panel, panel.run.transfers[index]);
  panel.detail.classList.remove("hint");
  draw(panel);
}

function showSpan(panel, us) {
  const span = panel.run.spans.find((s) => s.begin <= us && us <= s.end);
  panel.detail.textContent = span
    ? `The loop ${span.blocked ? "is blocked" : "works"}: ${span.name}, ` +
      `${duration(span.end - span.begin)}, from ${duration(span.begin)}.`
    : `At ${duration(us)} the loop waits: nothing is ready.`;
}

// What is under a point, or nearest to it in its lane.
function point(panel, event) {
  const box = panel.canvas.getBoundingClientRect();
  const w = windowOf(panel);
  const us = w.from + (event.clientX - box.left - GUTTER) *
             (w.to - w.from) / (panel.width - GUTTER);
  const y = event.clientY - box.top;
  if (panel.top && y < panel.top) { showSpan(panel, us); return; }
  const lane = Math.floor((y - panel.top) / panel.laneHeight);
  const slack = (w.to - w.from) / panel.width * 3;
  const index = panel.run.transfers.findIndex(
    (t) => t.lane === lane && t.begin - slack <= us && us <= t.end + slack);
  if (index >= 0 && index !== panel.selected) select(panel, index);
}

function zoom(panel, factor, centre) {
  const size = Math.min(1, Math.max(1e-5, (panel.to - panel.from) * factor));
  const share = (centre - panel.from) / (panel.to - panel.from);
  panel.from = Math.min(1 - size, Math.max(0, centre - share * size));
  panel.to = panel.from + size;
  draw(panel);
}

function pan(panel, share) {
  const size = panel.to - panel.from;
  panel.from = Math.min(1 - size, Math.max(0, panel.from + share * size));
  panel.to = panel.from + size;
  draw(panel);
}

function centreOf(panel) {
  const t = panel.run.transfers[panel.selected];
  const whole = windowOf(panel).whole;
  const at = t ? (t.begin + t.end) / 2 / whole : NaN;
  return at >= panel.from && at <= panel.to ? at : (panel.from + panel.to) / 2;
}

function reset(panel) {
  panel.from = 0;
  panel.to = 1;
  draw(panel);
}

// The next transfer in the next lane that has one near in time.
function selectLane(panel, step) {
  const t = panel.run.transfers[panel.selected] || panel.run.transfers[0];
  let best = -1, distance = Infinity;
  panel.run.transfers.forEach((other, i) => {
    if (other.lane === t.lane + step && Math.abs(other.begin - t.begin) < distance) {
      best = i;
      distance = Math.abs(other.begin - t.begin);
    }
  });
  select(panel, best);
}

function onKey(panel, event) {
  const at = panel.selected;
  const actions = {
    ArrowRight: () => event.shiftKey ? pan(panel, .2) : select(panel, at + 1),
    ArrowLeft: () => event.shiftKey ? pan(panel, -.2) : select(panel, Math.max(0, at - 1)),
    ArrowDown: () => selectLane(panel, 1),
    ArrowUp: () => selectLane(panel, -1),
    Home: () => select(panel, 0),
    End: () => select(panel, panel.run.transfers.length - 1),
    "+": () => zoom(panel, .5, centreOf(panel)),
    "=": () => zoom(panel, .5, centreOf(panel)),
    "-": () => zoom(panel, 2, centreOf(panel)),
    "0": () => reset(panel),
  };
  if (!actions[event.key] || event.ctrlKey || event.metaKey) return;
  actions[event.key]();
  event.preventDefault();
}

function listen(panel) {
  const canvas = panel.canvas;
  let drag = null;
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) { point(panel, event); return; }
    const moved = event.clientX - drag.x;
    const size = panel.to - panel.from;
    const from = drag.from - moved / (panel.width - GUTTER) * size;
    panel.from = Math.min(1 - size, Math.max(0, from));
    panel.to = panel.from + size;
    draw(panel);
  });
  canvas.addEventListener("pointerdown", (event) => {
    point(panel, event);
    if (panel.to - panel.from < 1 && event.pointerType === "mouse") {
      drag = {x: event.clientX, from: panel.from};
      canvas.setPointerCapture(event.pointerId);
    }
  });
  canvas.addEventListener("pointerup", () => { drag = null; });
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.shiftKey) return;
    const box = canvas.getBoundingClientRect();
    const share = (event.clientX - box.left - GUTTER) / (panel.width - GUTTER);
    const centre = panel.from + Math.max(0, share) * (panel.to - panel.from);
    zoom(panel, (event.deltaY || event.deltaX) > 0 ? 1.25 : .8, centre);
    event.preventDefault();
  }, {passive: false});
  canvas.addEventListener("keydown", (event) => onKey(panel, event));
  canvas.addEventListener("focus", () => {
    if (panel.selected < 0 && canvas.matches(":focus-visible")) select(panel, 0);
  });
}

function makePanel(run, place) {
  const canvas = element("canvas", {tabindex: "0", role: "img",
    "aria-label": `Timeline of ${run.label}. ${story(run)} Arrow keys go through the transfers.`});
  const detail = element("p", {class: "detail soft hint", "aria-live": "polite"},
    "Point at a bar, or press Tab and the arrow keys, for a transfer's phases.");
  place.append(element("section", {class: "panel", "data-mode": run.mode},
    element("div", {class: "head"}, element("h3", {}, run.label),
            element("span", {class: "time"}, duration(run.length))),
    element("p", {}, story(run)), canvas, detail));
  const panel = {run, canvas, detail, from: 0, to: 1, selected: -1};
  view.panels.push(panel);
  listen(panel);
  return panel;
}

function button(text, label, action) {
  const node = element("button", {type: "button", "aria-label": label}, text);
  node.addEventListener("click", () => view.panels.forEach(action));
  return node;
}

function makeControls() {
  const box = element("input", {type: "checkbox", id: "common"});
  box.checked = view.common;
  box.addEventListener("change", () => {
    view.common = box.checked;
    view.panels.forEach(reset);
  });
  return element("div", {class: "controls"},
    element("label", {}, box, "one time axis for all"),
    button("+", "zoom in", (panel) => zoom(panel, .5, centreOf(panel))),
    button("−", "zoom out", (panel) => zoom(panel, 2, centreOf(panel))),
    button("←", "earlier", (panel) => pan(panel, -.3)),
    button("→", "later", (panel) => pan(panel, .3)),
    button("whole", "the whole run", reset));
}

const LEGEND = [
  [WAITING, "waiting, and nothing stands still for it"],
  [BLOCKED, "blocked: a thread, a process or the loop stands still until the server answers"],
  [READY, "ready: what it waited for is there, and the loop has not come to it yet"],
  [WORKING, "working: receiving, storing, or a callback of the loop"],
];

function drawLegend() {
  document.querySelectorAll(".legend canvas").forEach((canvas, i) => {
    canvas.width = 32;
    canvas.height = 16;
    const pen = canvas.getContext("2d");
    pen.fillStyle = fillOf({hatch: hatch(pen), dots: dots(pen)}, LEGEND[i][0]);
    pen.fillRect(0, 0, 32, 16);
  });
}

export function timeline(place, runs) {
  view.longest = Math.max(1, ...runs.map((run) => run.length));
  place.append(makeControls(),
    element("ul", {class: "legend"}, ...LEGEND.map(([, text]) =>
      element("li", {}, element("canvas", {"aria-hidden": "true"}), text))),
    element("p", {class: "hint"}, "Shift or Ctrl with the wheel zooms, dragging moves. " +
      "Keys: arrows go through the transfers, + − 0 zoom, Shift+arrows move."));
  runs.forEach((run) => makePanel(run, place));
}

export function drawAll() {
  readColours();
  drawLegend();
  for (const panel of view.panels) { layout(panel); draw(panel); }
}
