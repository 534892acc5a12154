// The timeline of a run, on a canvas.

import {duration} from "./format.mjs";
import {laneWord} from "./run.mjs";
import {densityOf, leadOf, stepsOf} from "./steps.mjs";

export const GUTTER = 80;
const LOOP_HEIGHT = 16, LATE_HEIGHT = 5, AXIS = 18;
const LANES_TALL = 200, LANES_MOST = 300;
const BARS_MOST = 1500;       // transfers that are drawn as bars of their own
const CELL = {width: 6, height: 6};
const STRIPES = 12;

const paint = {};

// Blocked is hatched and ready is dotted, so that neither needs its colour to
// be told.
function tileOf(size, draw) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const pen = tile.getContext("2d");
  draw(pen);
  return pen.createPattern(tile, "repeat");
}

function hatchOn(ground) {
  return tileOf(6, (pen) => {
    pen.fillStyle = ground;
    pen.fillRect(0, 0, 6, 6);
    pen.strokeStyle = paint.ink;
    pen.lineWidth = 1;
    pen.beginPath();
    for (const x of [-6, 0, 6]) { pen.moveTo(x, 6); pen.lineTo(x + 6, 0); }
    pen.stroke();
  });
}

function dotsOn(ground, dot) {
  return tileOf(4, (pen) => {
    pen.fillStyle = ground;
    pen.fillRect(0, 0, 4, 4);
    pen.fillStyle = dot;
    pen.fillRect(0, 0, 2, 2);
  });
}

// Stripes of one colour, of a share of the ground.
function stripesOn(ground, stripe, share) {
  return tileOf(STRIPES, (pen) => {
    pen.fillStyle = ground;
    pen.fillRect(0, 0, STRIPES, STRIPES);
    pen.fillStyle = stripe;
    pen.fillRect(0, 0, Math.max(1, Math.round(share * STRIPES)), STRIPES);
  });
}

// Computing, as many stripes as it had of a core: the rest is waiting for one.
function computingOf(t) {
  if (t.onCore > 1 - .5 / STRIPES) return paint.computing;
  const stripes = Math.max(1, Math.round(t.onCore * STRIPES));
  if (!paint.shared[stripes]) paint.shared[stripes] = stripesOn(paint.core, paint.computing, t.onCore);
  return paint.shared[stripes];
}

export function readPaint() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue("--" + name).trim();
  for (const name of ["ink", "soft", "line", "panel", "here", "connecting", "receiving", "computing", "core",
                      "storing", "late", "track", "callbacks", "transfers", "timers"])
    paint[name] = colour(name);
  paint.waiting = colour("server");
  paint.ready = dotsOn(colour("amber"), colour("amber-ink"));
  paint.pool = stripesOn(colour("pool"), colour("amber-ink"), .2);
  paint.report = dotsOn(colour("report"), colour("amber"));
  paint.shared = [];
  paint.blocking = hatchOn(colour("server"));
  paint.blocked = hatchOn(colour("panel"));
}

export function windowOf(panel, whole) {
  return {from: panel.from * whole, to: panel.to * whole, whole};
}

export function layout(panel) {
  const lanes = Math.max(1, panel.run.lanes);
  panel.laneHeight = Math.max(2, Math.min(12, Math.floor(LANES_TALL / lanes)));
  panel.shown = Math.min(lanes, LANES_MOST);
  panel.top = panel.run.spans.length ? LOOP_HEIGHT + LATE_HEIGHT + 5 : 0;
  panel.bottom = panel.top + panel.shown * panel.laneHeight;
  panel.height = panel.bottom + AXIS;
  const width = Math.max(240, panel.canvas.clientWidth || 300);
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  panel.width = width;
  panel.canvas.width = width * ratio;
  panel.canvas.height = panel.height * ratio;
  panel.canvas.style.height = panel.height + "px";
  panel.pen = panel.canvas.getContext("2d");
  panel.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
}

function tick(span) {
  const raw = span / 6;
  const power = Math.pow(10, Math.floor(Math.log10(raw)));
  return [1, 2, 5, 10].map((k) => k * power).find((step) => step >= raw);
}

function drawAxis(panel, w, x) {
  const pen = panel.pen;
  pen.fillStyle = paint.soft;
  pen.strokeStyle = paint.line;
  pen.font = "12px system-ui, sans-serif";
  pen.textAlign = "center";
  const step = tick(w.to - w.from);
  for (let t = Math.ceil(w.from / step) * step; t <= w.to; t += step) {
    const at = Math.round(x(t)) + .5;
    pen.beginPath();
    pen.moveTo(at, panel.top);
    pen.lineTo(at, panel.bottom);
    pen.stroke();
    if (at < panel.width - 22)
      pen.fillText(t === 0 ? "0" : duration(t), at, panel.height - 4);
  }
  pen.textAlign = "left";
  pen.fillStyle = paint.ink;
  if (panel.top) pen.fillText(leadOf(panel.run), 0, 13);
  const one = laneWord(panel.run, 0).replace(/ 1$/, "");
  const word = panel.run.mode === "sequential" ? "files"
    : panel.run.lanes > 1 ? one + (panel.run.mode === "processes" ? "es" : "s") : one;
  pen.fillText(word, 0, panel.top + 11);
}

// One rectangle, from the gutter on. The number of them is what a frame costs.
function fill(panel, x, from, to, top, height, style) {
  const left = Math.max(x(from), GUTTER), right = Math.min(x(to), panel.width);
  if (right < GUTTER || left > panel.width) return;
  if (panel.pen.fillStyle !== style) panel.pen.fillStyle = style;
  panel.pen.fillRect(left, top, Math.max(right - left, .6), height);
  panel.rects++;
}

// Of those that lie within one pixel, one; in style, or in the colour of its kind.
function fillEach(panel, x, spans, top, height, style) {
  let done = -1;
  for (const [from, to, kind] of spans) {
    const right = Math.ceil(x(to));
    if (right <= done) continue;
    fill(panel, x, from, to, top, height, style || paint[kind]);
    done = right;
  }
}

function drawLoop(panel, x) {
  fill(panel, x, 0, panel.run.length, 0, LOOP_HEIGHT, paint.track);
  fillEach(panel, x, panel.kinds, 0, LOOP_HEIGHT);
  fillEach(panel, x, panel.computes, 0, LOOP_HEIGHT, paint.computing);
  fillEach(panel, x, panel.late, LOOP_HEIGHT + 1, LATE_HEIGHT - 1, paint.late);
}

const topOf = (panel, t) => panel.top + panel.rows[t.lane] * panel.laneHeight;

function drawBars(panel, visible, x) {
  const gap = panel.laneHeight > 4 ? 1 : 0;
  const height = panel.laneHeight - gap;
  const waiting = panel.run.blocks ? paint.blocking : paint.waiting;
  for (const t of visible) {
    const top = topOf(panel, t);
    const own = {waiting, computing: computingOf(t)};
    panel.pen.globalAlpha = panel.found && !panel.found.has(t) ? .15 : 1;
    for (const {phase, from, to} of stepsOf(t))
      fill(panel, x, from, to, top, height, own[phase] || paint[phase]);
    // Neighbours in a lane are told apart by the edge of each.
    if (gap && x(t.begin) > GUTTER)
      fill(panel, x, t.begin, t.begin, top, height, paint.panel);
  }
  panel.pen.globalAlpha = 1;
}

// Merged bars: what most of the transfers of a cell do; paler where it is less full.
function drawDensity(panel, w, x) {
  const columns = Math.max(1, Math.floor((panel.width - GUTTER) / CELL.width));
  const tall = panel.bottom - panel.top;
  const lines = Math.max(1, Math.min(panel.run.lanes, Math.floor(tall / CELL.height)));
  const cells = densityOf(panel.run, panel.rows, w, {columns, lines});
  const width = (w.to - w.from) / columns, height = tall / lines;
  const look = (cell) => cell && `${cell.phase} ${Math.ceil(cell.full * 4)}`;
  for (let line = 0; line < lines; line++) {
    for (let first = 0, column = 1; column <= columns; column++) {
      const at = line * columns;
      if (column < columns && look(cells[at + column]) === look(cells[at + first])) continue;
      const cell = cells[at + first];
      if (cell) {
        panel.pen.globalAlpha = Math.ceil(cell.full * 4) / 4;
        fill(panel, x, w.from + first * width, w.from + column * width,
             panel.top + line * height, height, paint[cell.phase]);
      }
      first = column;
    }
  }
  panel.pen.globalAlpha = 1;
}

function arrow(panel, x1, y1, x2, y2) {
  const pen = panel.pen, up = Math.sign(y2 - y1) || 1;
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.moveTo(x2 - 4, y2 - 6 * up);
  pen.lineTo(x2, y2);
  pen.lineTo(x2 + 4, y2 - 6 * up);
  pen.stroke();
}

// A frame around the pinned transfer, and arrows: from the socket that is ready
// to the loop's callback, and back to where the file is written.
function drawPinned(panel, x) {
  const t = panel.run.transfers[panel.pinned >= 0 ? panel.pinned : panel.selected];
  if (!t || panel.rows[t.lane] >= panel.shown) return;
  const pen = panel.pen, top = topOf(panel, t);
  const left = Math.max(x(t.begin), GUTTER), right = Math.min(x(t.end), panel.width);
  pen.strokeStyle = paint.ink;
  pen.lineWidth = 2;
  if (right >= left) pen.strokeRect(left - 1, top - 1, Math.max(right - left, 2) + 2, panel.laneHeight + 1);
  const seen = (us) => x(us) >= GUTTER && x(us) <= panel.width;
  if (panel.pinned >= 0 && panel.top && !panel.run.blocks) {
    if (seen(t.served)) arrow(panel, x(t.answer), top, x(t.served), LOOP_HEIGHT);
    if (seen(t.resumed)) arrow(panel, x(t.resumed), LOOP_HEIGHT, x(t.resumed), top);
  }
  pen.lineWidth = 1;
}

export function drawPanel(panel, whole) {
  const w = windowOf(panel, whole);
  const scale = (panel.width - GUTTER) / (w.to - w.from);
  const x = (us) => GUTTER + (us - w.from) * scale;
  const visible = panel.run.transfers.filter((t) => t.end >= w.from && t.begin <= w.to);
  panel.merged = visible.length > BARS_MOST || panel.run.lanes > LANES_MOST;
  panel.rects = 0;
  panel.pen.clearRect(0, 0, panel.width, panel.height);
  drawAxis(panel, w, x);
  if (panel.top) drawLoop(panel, x);
  if (panel.merged) drawDensity(panel, w, x);
  else drawBars(panel, visible, x);
  drawPinned(panel, x);
  panel.visible = visible.length;
  panel.canvas.dataset.rects = panel.rects;
}

// The lane that is drawn at y, or -1.
export function laneAt(panel, y) {
  return panel.rows.indexOf(Math.floor((y - panel.top) / panel.laneHeight));
}
