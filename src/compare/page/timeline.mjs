// Who waits, who works: a panel for each run, and what moves them.

import {element} from "./dom.mjs";
import {count, duration, plural} from "./format.mjs";
import {laneWord, story} from "./run.mjs";
import {READY_WORDS, STEP_NOTES, STEP_WORDS, leadOf, longestSteps, lossOf, slowestOf, sumsOf, wordsFor} from "./steps.mjs";
import {laneRows, lateFor, loopComputes, loopKind, loopTimes, whyIdle} from "./steps.mjs";
import {GUTTER, drawPanel, laneAt, layout, readPaint, windowOf} from "./timeline_draw.mjs";

const SLOWEST = 5, NAME_MOST = 50;
const TOLD = .03; // of a transfer's time
const tracks = {common: false, order: "number", part: 0, panels: [], meanings: [], buttons: [], longest: 1,
                slowest: element("p", {class: "slowest-of-all", id: "slowest"})};

const wholeOf = (panel) => tracks.common ? tracks.longest : panel.run.length;
const shownPanels = () => tracks.panels.filter((panel) => !panel.node.hidden);

function draw(panel) {
  drawPanel(panel, wholeOf(panel));
  panel.note.textContent = panel.merged
    ? `${plural(panel.visible, "transfer")} on ${plural(panel.run.lanes, "lane")}: bars are merged. ` +
      "Each cell has the colour of what most of them do; a paler one is less full. Zoom in for single bars."
    : "";
}

// ---- what is pointed at, and what is pinned ---------------------------------

// The file's name in a race; of a real run, which may have one name many times, the
// URL without its scheme, and without the middle where it is long.
function nameOf(run, t) {
  if (run.title) return t.url.replace(/[?#].*$/, "").split("/").pop() || t.url;
  const text = t.url.replace(/^\w+:\/\//, "");
  return text.length <= NAME_MOST ? text : `${text.slice(0, NAME_MOST / 2)}…${text.slice(-NAME_MOST / 2)}`;
}

function describe(panel, t) {
  const sums = {...Object.fromEntries(Object.entries(sumsOf(t)).map(([phase, us]) => [wordsFor(panel.run, phase), us]))};
  const starting = t.phases.queued > 0 ? `starting ${duration(t.phases.queued)}; since it was asked for: ` : "";
  const parts = Object.entries(sums).filter(([, us]) => us > 0).map(([words, us]) => `${words} ${duration(us)}`);
  const outcome = t.error ? `failed: ${t.error}` : `status ${t.status}`;
  return `${t.url}: ${starting}${parts.join("; ")}; in all ${duration(t.end - t.begin)}. ` +
         `Attempt ${t.attempt}, ${outcome}, ${plural(t.bytes, "byte")}, ` +
         `${laneWord(panel.run, t.lane)}, from ${duration(t.begin)}.`;
}

const onCore = (t) => t.onCore < 1 ? `, ${duration(t.phases.work * t.onCore)} of it on a core` : "";
const inLine = (t) => t.stored > t.computed
  ? `, ${duration(t.stored - t.computed)} of it in the line of the pool` : "";

// What happened to a transfer, step by step, each with its time.
function stepsInWords(panel, t) {
  const thread = panel.run.blocks ? "its thread" : "the loop";
  const after = (from, to) => to > from ? ` after ${duration(to - from)}` : "";
  const last = t.error ? `over: ${t.error}` : "here";
  return [[t.begin, "asked for"], [t.answer, `answered: socket ready${after(t.begin, t.answer)}`],
          [t.served, `callback: ${thread} reads${after(t.answer, t.served)}`],
          [t.read, `all received${after(t.served, t.read)}`],
          ...(t.handed < t.resumed ? [[t.handed, `in the line of the pool${after(t.read, t.handed)}`]] : []),
          ...(t.phases.work > 0
            ? [[t.resumed, `computing begins${after(t.handed, t.resumed)}`],
               [t.computed, `computed${after(t.resumed, t.computed)}${onCore(t)}`]] : []),
          [t.done, `written${after(t.computed, t.done)}${inLine(t)}`],
          [t.end, `${last}${after(t.done, t.end)}`]];
}

function tellPinned(panel) {
  const t = panel.run.transfers[panel.pinned];
  if (!t) { panel.pin.replaceChildren(); return; }
  const unpin = element("button", {type: "button"}, "Unpin");
  unpin.addEventListener("click", () => { pin(panel, -1); panel.canvas.focus(); });
  panel.pin.replaceChildren(
    element("p", {}, element("b", {}, `Pinned: ${nameOf(panel.run, t)}`), " ", unpin),
    element("ol", {}, ...stepsInWords(panel, t).map(([us, words]) =>
      element("li", {}, element("b", {}, duration(us)), " ", words))));
}

function pin(panel, index) {
  panel.pinned = index;
  if (index >= 0) panel.selected = index;
  tellPinned(panel);
  draw(panel);
}

function select(panel, index) {
  if (index < 0 || index >= panel.run.transfers.length) return;
  panel.selected = index;
  panel.detail.textContent = describe(panel, panel.run.transfers[index]);
  draw(panel);
}

const KINDS = {callbacks: "runs a callback", transfers: "starts transfers", timers: "serves a timer",
               blocked: "is blocked"};

function showSpan(panel, us) {
  const span = panel.run.spans.find((s) => s.begin <= us && us <= s.end);
  panel.detail.textContent = span
    ? `The ${leadOf(panel.run)} ${KINDS[loopKind(span)]}: ${span.name}, ` +
      `${duration(span.end - span.begin)}, from ${duration(span.begin)}.`
    : `At ${duration(us)} the ${leadOf(panel.run)} ${whyIdle(panel.run, us)}.`;
}

// The transfer that is under a point, or nearest to it in its lane.
function transferAt(panel, event) {
  const box = panel.canvas.getBoundingClientRect();
  const w = windowOf(panel, wholeOf(panel));
  const us = w.from + (event.clientX - box.left - GUTTER) * (w.to - w.from) / (panel.width - GUTTER);
  const y = event.clientY - box.top;
  if (panel.top && y < panel.top) { showSpan(panel, us); return -1; }
  const lane = laneAt(panel, y);
  const slack = (w.to - w.from) / panel.width * 3;
  return panel.run.transfers.findIndex(
    (t) => t.lane === lane && t.begin - slack <= us && us <= t.end + slack);
}

// ---- zoom -------------------------------------------------------------------

function look(panel, from, size) {
  const width = Math.min(1, Math.max(1e-5, size));
  panel.from = Math.min(1 - width, Math.max(0, from));
  panel.to = panel.from + width;
  draw(panel);
}

function zoom(panel, factor, centre) {
  const size = panel.to - panel.from;
  const wanted = Math.min(1, Math.max(1e-5, size * factor));
  look(panel, centre - (centre - panel.from) / size * wanted, wanted);
}

const pan = (panel, share) => look(panel, panel.from + share * (panel.to - panel.from), panel.to - panel.from);
const lookAtAll = (panel) => look(panel, 0, 1);

function centreOf(panel) {
  const t = panel.run.transfers[panel.pinned >= 0 ? panel.pinned : panel.selected];
  // Once it is answered, most happens to it.
  const at = t ? t.answer / wholeOf(panel) : NaN;
  return at >= panel.from && at <= panel.to ? at : (panel.from + panel.to) / 2;
}

// Pins a transfer, and shows it with as much again on both sides.
function jump(panel, index) {
  const t = panel.run.transfers[index], whole = wholeOf(panel);
  const size = Math.min(1, 3 * (t.end - t.begin) / whole);
  panel.selected = index;
  pin(panel, index);
  look(panel, (t.begin + t.end) / 2 / whole - size / 2, size);
  panel.canvas.scrollIntoView({block: "nearest"});
}

// ---- keys and pointer ---------------------------------------------------------

// The next transfer in the next row that has one near in time.
function selectRow(panel, step) {
  const t = panel.run.transfers[panel.selected] || panel.run.transfers[0];
  let best = -1, distance = Infinity;
  panel.run.transfers.forEach((other, i) => {
    const far = Math.abs(other.begin - t.begin);
    if (panel.rows[other.lane] === panel.rows[t.lane] + step && far < distance) {
      best = i;
      distance = far;
    }
  });
  select(panel, best);
}

function onKey(panel, event) {
  const at = panel.selected;
  const actions = {
    ArrowRight: () => event.shiftKey ? pan(panel, .2) : select(panel, at + 1),
    ArrowLeft: () => event.shiftKey ? pan(panel, -.2) : select(panel, Math.max(0, at - 1)),
    ArrowDown: () => selectRow(panel, 1),
    ArrowUp: () => selectRow(panel, -1),
    Home: () => select(panel, 0),
    End: () => select(panel, panel.run.transfers.length - 1),
    Enter: () => pin(panel, at),
    Escape: () => pin(panel, -1),
    "+": () => zoom(panel, .5, centreOf(panel)),
    "=": () => zoom(panel, .5, centreOf(panel)),
    "-": () => zoom(panel, 2, centreOf(panel)),
    "0": () => lookAtAll(panel),
  };
  if (!actions[event.key] || event.ctrlKey || event.metaKey) return;
  actions[event.key]();
  event.preventDefault();
}

function listen(panel) {
  const canvas = panel.canvas;
  let drag = null;
  canvas.addEventListener("pointermove", (event) => {
    if (drag) {
      const moved = (event.clientX - drag.x) / (panel.width - GUTTER);
      drag.far = drag.far || Math.abs(event.clientX - drag.x) > 4;
      look(panel, drag.from - moved * (panel.to - panel.from), panel.to - panel.from);
      return;
    }
    // A finger pins at once, and tells no more by resting.
    panel.node.classList.toggle("is-pointed", event.pointerType !== "touch");
    const index = transferAt(panel, event);
    if (index >= 0 && index !== panel.selected) select(panel, index);
  });
  canvas.addEventListener("pointerleave", () => panel.node.classList.remove("is-pointed"));
  canvas.addEventListener("pointerdown", (event) => {
    drag = null;
    if (panel.to - panel.from < 1 && event.pointerType === "mouse") {
      drag = {x: event.clientX, from: panel.from, far: false};
      canvas.setPointerCapture(event.pointerId);
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    const wasMoved = drag && drag.far;
    drag = null;
    const index = wasMoved ? -1 : transferAt(panel, event);
    if (index >= 0) { select(panel, index); pin(panel, index); }
  });
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.shiftKey) return;
    const box = canvas.getBoundingClientRect();
    const share = (event.clientX - box.left - GUTTER) / (panel.width - GUTTER);
    zoom(panel, (event.deltaY || event.deltaX) > 0 ? 1.25 : .8,
         panel.from + Math.max(0, share) * (panel.to - panel.from));
    event.preventDefault();
  }, {passive: false});
  canvas.addEventListener("keydown", (event) => onKey(panel, event));
  canvas.addEventListener("focus", () => {
    if (panel.selected < 0 && canvas.matches(":focus-visible")) select(panel, 0);
  });
}

// ---- a panel ------------------------------------------------------------------

// How long the loop did what, in a sentence.
function loopStory(run) {
  if (!run.spans.length) return "";
  const times = loopTimes(run);
  const blocked = times.blocked >= run.length / 1000
    ? ` For ${duration(times.blocked)} of ${duration(run.length)} its main thread was blocked by a transfer.` : "";
  const did = [["computing", "computing"], ["callbacks", "callbacks"],
               ["transfers", "starting transfers"], ["timers", "timers"]]
    .filter(([kind]) => times[kind] >= run.length / 1000)
    .map(([kind, words]) => `${duration(times[kind])} ${words}`);
  const whose = run.blocks ? "The main thread, which hands out the work," : "Its loop";
  return `${blocked} ${whose} was busy for ${duration(times.busy - times.blocked)} of ${duration(run.length)}` +
    (did.length ? `: ${did.join(", ")}.` : ".") +
    (times.late > run.length / 1000 ? ` For ${duration(times.late)} of it others waited for the loop (red).` : "");
}

function makeSlowest(panel) {
  const items = slowestOf(panel.run, SLOWEST).map(({t, index}) => {
    const steps = longestSteps(t, TOLD), loss = lossOf(panel.run, t);
    const node = element("button", {type: "button", class: "link"}, nameOf(panel.run, t));
    node.addEventListener("click", () => jump(panel, index));
    return element("li", {}, node, ` ${duration(t.end - t.begin)}: `,
      ...steps.flatMap(({phase, us}, i) => [element("i", {class: `ph ${phase}`}),
        `${wordsFor(panel.run, phase)} ${duration(us)}`,
        ...(phase === loss.phase && loss.us >= TOLD * (t.end - t.begin)
          ? [element("b", {}, ` (+ ${duration(loss.us).replace(/ ms$/, "")})`)] : []), i < steps.length - 1 ? ", " : ""]));
  });
  return element("div", {class: "slowest"}, element("p", {}, element("b", {}, "Slowest"), " (+: ms more than the median of this phase)"),
                 element("ol", {}, ...items));
}

// The slowest of all ways that are shown, and in which phase.
function tellSlowest(panels) {
  const all = panels.flatMap((panel) => slowestOf(panel.run, 1).map(({t, index}) => ({panel, t, index})));
  const {panel, t, index} = all.sort((a, b) => (b.t.end - b.t.begin) - (a.t.end - a.t.begin))[0] || {};
  if (all.length < 2) { tracks.slowest.replaceChildren(); return; }
  const [longest] = longestSteps(t, 0), loss = lossOf(panel.run, t);
  const node = element("button", {type: "button", class: "link"}, nameOf(panel.run, t));
  node.addEventListener("click", () => jump(panel, index));
  tracks.slowest.replaceChildren(element("b", {}, "The slowest of all: "), node,
    ` (${panel.run.title || panel.run.label}), ${duration(t.end - t.begin)}, of which ` +
    `${duration(longest.us)} ${wordsFor(panel.run, longest.phase)}.` +
    (loss.us >= TOLD * (t.end - t.begin)
      ? ` ${duration(loss.us)} more than the median there: ${wordsFor(panel.run, loss.phase)}.` : ""));
}

// How long the run is beside the longest one.
function makeStrip(run) {
  return element("div", {class: "strip", "aria-hidden": "true"},
    element("i", {style: `width:${(100 * run.length / tracks.longest).toFixed(2)}%`}));
}

const wayId = (at) => `way-${at}`;

function makePanel(run, place) {
  const title = run.title || run.label;
  const canvas = element("canvas", {tabindex: "0", role: "img",
    "aria-label": `Timeline of ${title}. ${story(run)}${loopStory(run)} ` +
                  "Arrow keys go through the transfers, Enter pins one."});
  const detail = element("p", {class: "detail", "aria-live": "polite"});
  const node = element("section", {class: "panel", id: wayId(tracks.panels.length), "data-mode": run.mode},
    element("div", {class: "head"}, element("h3", {}, title),
            element("span", {class: "time"}, duration(run.length))), makeStrip(run),
    element("p", {class: "story"}, story(run) + loopStory(run)));
  const panel = {run, node, canvas, detail, from: 0, to: 1, selected: -1, pinned: -1, found: null,
                 rows: laneRows(run, tracks.order), late: lateFor(run), computes: loopComputes(run),
                 kinds: run.spans.map((span) => [span.begin, span.end, loopKind(span)]),
                 note: element("p", {class: "soft note"}), pin: element("div", {class: "pin", "aria-live": "polite"})};
  // What is pointed at lies over what follows, so that no lines are kept free for it.
  node.append(canvas, panel.note, panel.pin, element("div", {class: "pointed"},
    element("p", {class: "hint"}, "Point at a bar, or use the arrow keys, for its phases."), detail));
  if (run.transfers.length > 1) node.append(makeSlowest(panel));
  place.append(node);
  tracks.panels.push(panel);
  listen(panel);
}

// ---- controls -----------------------------------------------------------------

function button(text, label, action) {
  const node = element("button", {type: "button", "aria-label": label}, text);
  node.addEventListener("click", () => shownPanels().forEach(action));
  return node;
}

function search(text, told) {
  const wanted = text.trim().toLowerCase();
  let n = 0;
  for (const panel of tracks.panels) {
    const found = panel.run.transfers.filter((t) => t.url.toLowerCase().includes(wanted));
    panel.found = wanted ? new Set(found) : null;
    if (!panel.node.hidden) n += found.length;
  }
  told.textContent = wanted ? `${plural(n, "transfer")} found` : "";
  shownPanels().forEach(draw);
}

// Enter: pins the first that is found in each panel.
function pinFound() {
  for (const panel of shownPanels()) {
    const index = panel.found ? panel.run.transfers.findIndex((t) => panel.found.has(t)) : -1;
    if (index >= 0) jump(panel, index);
  }
}

function makeSearch() {
  const told = element("span", {role: "status", class: "soft"});
  const field = element("input", {type: "search", "aria-label": "search for a URL", placeholder: "Search"});
  field.addEventListener("input", () => search(field.value, told));
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") pinFound(); });
  return [field, told];
}

function makeOrder() {
  const field = element("select", {}, ...[["number", "by number"], ["slowest", "slowest first"],
    ["last", "last to be done first"]].map(([value, text]) => element("option", {value}, text)));
  field.addEventListener("change", () => {
    tracks.order = field.value;
    for (const panel of tracks.panels) panel.rows = laneRows(panel.run, field.value);
    shownPanels().forEach(draw);
  });
  return element("label", {}, "Lanes ", field);
}

function showPart(at, buttons) {
  tracks.part = at;
  for (const panel of tracks.panels) panel.node.hidden = (panel.run.part || 0) !== at;
  const shown = shownPanels();
  tracks.longest = Math.max(1, ...shown.map((panel) => panel.run.length));
  for (const panel of shown)
    panel.node.querySelector(".strip i").style.width = `${100 * panel.run.length / tracks.longest}%`;
  buttons.forEach((node, i) => node.setAttribute("aria-pressed", String(i === at)));
  const seen = phasesOf(shown.map((panel) => panel.run));
  for (const {phase, node} of tracks.meanings) node.hidden = !seen.has(phase);
  tellSlowest(shown);
}

// Which of the races: only waiting, or with computing.
function makeParts(parts) {
  if (parts.length < 2) { showPart(0, tracks.buttons); return []; }
  tracks.buttons = parts.map((part, at) => {
    const node = element("button", {type: "button"},
      part.work > 0 ? `+ ${part.work / 1000} ms of computing each` : "only waiting");
    node.addEventListener("click", () => { showPart(at, tracks.buttons); drawAll(); });
    return node;
  });
  showPart(0, tracks.buttons);
  return [element("div", {class: "pair", role: "group", "aria-label": "which race"}, ...tracks.buttons)];
}

// Makes the text of a node a link to the timeline of a run, which may be hidden.
export function linkToWay(text, at) {
  const {node, run} = tracks.panels[at];
  const link = element("a", {class: "way", href: `#${wayId(at)}`}, text.textContent);
  link.addEventListener("click", () => {
    if (node.hidden) { showPart(run.part || 0, tracks.buttons); drawAll(); }
  });
  text.replaceWith(link);
}

function makeControls(parts) {
  const box = element("input", {type: "checkbox", id: "common"});
  box.addEventListener("change", () => {
    tracks.common = box.checked;
    shownPanels().forEach(lookAtAll);
  });
  return element("div", {class: "controls"}, ...makeParts(parts), ...makeSearch(), makeOrder(),
    element("label", {}, box, "one time axis for all"),
    button("+", "zoom in", (panel) => zoom(panel, .5, centreOf(panel))),
    button("−", "zoom out", (panel) => zoom(panel, 2, centreOf(panel))),
    button("←", "earlier", (panel) => pan(panel, -.3)),
    button("→", "later", (panel) => pan(panel, .3)),
    button("whole", "the whole run", lookAtAll));
}

function meaning(kind, text) {
  return element("li", {}, element("i", {class: `ph ${kind}`}), text);
}

const phasesOf = (runs) =>
  new Set(runs.flatMap((run) => run.transfers.flatMap((t) => Object.keys(sumsOf(t)))));

function makeLegend(runs) {
  const blocks = runs.some((run) => run.blocks);
  const [told, untold] = [true, false].map((tells) => runs.some((run) => run.tells === tells));
  const words = {...STEP_WORDS, ready: told ? STEP_WORDS.ready + (untold ? `; of a report: ${READY_WORDS}` : "")
    : READY_WORDS};
  tracks.meanings = Object.entries(words).map(([phase, text]) =>
    ({phase, node: meaning(phase, text + (STEP_NOTES[phase] || ""))}));
  return element("div", {class: "legends"},
    element("ul", {class: "legend"}, element("li", {}, element("b", {}, "Transfers:")),
      ...tracks.meanings.map(({node}) => node),
      ...(blocks ? [meaning("blocking", "hatched: a thread is blocked meanwhile")] : [])),
    element("ul", {class: "legend"}, element("li", {}, element("b", {}, "Lane of the loop, or of the main thread:")),
      meaning("callbacks", "callbacks"), meaning("transfers", "starts transfers"),
      meaning("timers", "timers"), ...(blocks ? [meaning("blocked", "blocked")] : []), meaning("idle", "idle"),
      meaning("late", "others waited for it")));
}

export function timeline(place, {runs, parts}) {
  tracks.longest = Math.max(1, ...runs.map((run) => run.length));
  const panels = element("div", {class: "panels"});
  runs.forEach((run) => makePanel(run, panels));
  const legend = makeLegend(runs);
  place.append(tracks.slowest, makeControls(parts), legend,
    element("p", {class: "hint"}, "An event loop is one thread that asks for many " +
      "files, and serves each when its answer is there: such a step is a callback. " +
      "Each way has its own axis; the strip above it shows its length beside the longest. " +
      "Shift or Ctrl with the wheel zooms, dragging moves. " +
      "A click pins a transfer. Keys: arrows go through the transfers, Enter pins, + − 0 zoom, Shift+arrows move."),
    panels);
}

export function drawAll() {
  readPaint();
  for (const panel of shownPanels()) { layout(panel); draw(panel); }
}
