// What the timeline shows of a run: the phases of a transfer, what a loop does,
// and when others wait for it. The phases are classes in below.css, and account.c
// has the same words.

import {plural, quantile} from "./format.mjs";

export const STEP_WORDS = {
  connecting: "connecting", waiting: "waiting for the server", receiving: "receiving",
  ready: "waiting for the loop", pool: "waiting for the pool",
  core: "waiting for a core", computing: "computing", storing: "storing",
  report: "stored, not noticed yet",
};
// Of a run that does not tell what those that were ready waited for.
export const READY_WORDS = "ready, nobody came to it";

// Where the words alone do not say who has not come yet, or why.
export const STEP_NOTES = {
  ready: ": ready, but its thread is busy", pool: ": ready, in line for its threads",
  core: ", in turns with others", report: ": the rest of its batch, the loop or the main thread is not through",
};
// The thread that hands out the work, or does it all.
export const leadOf = (run) => run.blocks ? "main thread" : "loop";

export const wordsFor = (run, phase) =>
  phase === "ready" && !run.tells ? READY_WORDS : STEP_WORDS[phase];

// The phases of a transfer in order, without those that took no time.
export function stepsOf(t) {
  if (!t.steps) t.steps = makeSteps(t);
  return t.steps;
}

function makeSteps(t) {
  const connected = t.answer - t.phases.wait;
  return [["connecting", t.begin, connected], ["waiting", connected, t.answer],
          ["ready", t.answer, t.served], ["receiving", t.served, t.read],
          ["ready", t.read, t.handed], ["pool", t.handed, t.resumed],
          ["computing", t.resumed, t.computed], ["pool", t.computed, t.stored],
          ["storing", t.stored, t.done], ["report", t.done, t.end]]
    .filter(([, from, to]) => to > from)
    .map(([phase, from, to]) => ({phase, from, to}));
}

// Waiting for a core and computing take turns: only their sums are known.
export function sumsOf(t) {
  const sums = {};
  for (const {phase, from, to} of stepsOf(t)) sums[phase] = (sums[phase] || 0) + to - from;
  if (sums.computing && t.onCore < 1) {
    sums.core = sums.computing * (1 - t.onCore);
    sums.computing *= t.onCore;
  }
  return sums;
}

// The phases that took most of a transfer's time, the longest first, without those
// below a share of it.
export function longestSteps(t, share) {
  return Object.entries(sumsOf(t)).map(([phase, us]) => ({phase, us}))
    .filter(({us}) => us >= share * (t.end - t.begin)).sort((a, b) => b.us - a.us);
}

// The phase in which a transfer took the most beyond the median of its run, and how
// much that is.
export function lossOf(run, t) {
  if (!run.medians) {
    const all = run.transfers.map(sumsOf);
    run.medians = Object.fromEntries(Object.keys(STEP_WORDS).map((phase) =>
      [phase, quantile(all.map((sums) => sums[phase] || 0).sort((a, b) => a - b), .5)]));
  }
  return Object.entries(sumsOf(t)).map(([phase, us]) => ({phase, us: us - run.medians[phase]}))
    .sort((a, b) => b.us - a.us)[0] || {phase: "waiting", us: 0};
}

export function slowestOf(run, n) {
  return run.transfers.map((t, index) => ({t, index}))
    .sort((a, b) => (b.t.end - b.t.begin) - (a.t.end - a.t.begin)).slice(0, n);
}

const STARTS = ["transfers start, files go to the pool", "the run's turn",
                "one transfer after the other", "jobs come from the run's loop",
                "libcurl's timeout of 0"];
const TIMERS = ["libcurl's timeout", "paused transfers go on",
                "delayed URLs are due", "goodput is looked at", "journal flush",
                "end of the grace time"];

// What a loop does in a span: callbacks, transfers, timers or blocked.
export function loopKind(span) {
  if (span.blocked) return "blocked";
  if (STARTS.includes(span.name)) return "transfers";
  return TIMERS.includes(span.name) ? "timers" : "callbacks";
}

// Intervals that may overlap, joined.
export function unionOf(intervals) {
  const joined = [];
  for (const [from, to] of [...intervals].sort((a, b) => a[0] - b[0])) {
    const last = joined[joined.length - 1];
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else if (to > from) joined.push([from, to]);
  }
  return joined;
}

// What two joined lists have in common.
export function overlapOf(a, b) {
  const common = [];
  for (let i = 0, k = 0; i < a.length && k < b.length;) {
    const from = Math.max(a[i][0], b[k][0]), to = Math.min(a[i][1], b[k][1]);
    if (to > from) common.push([from, to]);
    if (a[i][1] < b[k][1]) i++;
    else k++;
  }
  return common;
}

const lengthOf = (intervals) => intervals.reduce((sum, [from, to]) => sum + to - from, 0);

// When the loop computes itself: without a pool, and where no thread is blocked.
export function loopComputes(run) {
  if (run.blocks || run.pool || !run.spans.length) return [];
  return unionOf(run.transfers.map((t) => [t.resumed, t.resumed + t.phases.work]));
}

// When the loop was at work while a transfer was ready: that one waited for it.
export function lateFor(run) {
  if (run.blocks || !run.spans.length) return [];
  const ready = run.transfers.flatMap((t) => [[t.answer, t.served], [t.read, t.handed], [t.done, t.end]]);
  return overlapOf(unionOf(ready), unionOf(run.spans.map((s) => [s.begin, s.end])));
}

// Why the loop, or the main thread, does nothing at this time.
export function whyIdle(run, us) {
  const during = (from, to) => from <= us && us < to;
  const ready = run.transfers.filter((t) => !run.blocks && (during(t.answer, t.served) || during(t.read, t.handed)));
  const stored = run.transfers.filter((t) => during(t.done, t.end));
  const isBatched = !run.blocks && !run.pool;
  const forIt = ready.length + (isBatched ? 0 : stored.length);
  if (forIt) return `needs a core: ${plural(forIt, "file")} waited for it`;
  return "is idle: " + (stored.length ? `${plural(stored.length, "file")} stored, but not the rest of the batch`
    : "nothing is ready for it");
}

// How long the loop did what, in µs.
export function loopTimes(run) {
  const times = {callbacks: 0, transfers: 0, timers: 0, blocked: 0};
  for (const span of run.spans) times[loopKind(span)] += span.end - span.begin;
  const computing = Math.min(lengthOf(loopComputes(run)), times.callbacks + times.transfers);
  const fromCallbacks = Math.min(computing, times.callbacks);
  times.callbacks -= fromCallbacks;
  times.transfers -= computing - fromCallbacks;
  const busy = Object.values(times).reduce((a, b) => a + b, 0) + computing;
  return {...times, computing, busy, idle: Math.max(0, run.length - busy), late: lengthOf(lateFor(run))};
}

// The row of each lane: as they are numbered, or by what their transfers took.
export function laneRows(run, order) {
  const lanes = Array.from({length: run.lanes}, (_, lane) => ({lane, longest: 0, end: 0}));
  for (const t of run.transfers) {
    const own = lanes[t.lane];
    own.longest = Math.max(own.longest, t.end - t.begin);
    own.end = Math.max(own.end, t.end);
  }
  if (order === "slowest") lanes.sort((a, b) => b.longest - a.longest || a.lane - b.lane);
  if (order === "last") lanes.sort((a, b) => b.end - a.end || a.lane - b.lane);
  const rows = new Array(run.lanes);
  lanes.forEach(({lane}, row) => { rows[lane] = row; });
  return rows;
}

// Of so many transfers that they cannot be bars of their own: a grid of cells,
// each with the phase that takes most of its time, and how full it is (0 to 1).
export function densityOf(run, rows, {from, to}, {columns, lines}) {
  const phases = Object.keys(STEP_WORDS);
  const sums = new Float64Array(columns * lines * phases.length);
  const width = (to - from) / columns, lanesALine = Math.max(1, Math.ceil(run.lanes / lines));
  for (const t of run.transfers) {
    if (t.end < from || t.begin > to) continue;
    const line = Math.floor(rows[t.lane] / lanesALine);
    for (const step of stepsOf(t)) {
      const phase = phases.indexOf(step.phase);
      const first = Math.max(0, Math.floor((step.from - from) / width));
      const last = Math.min(columns - 1, Math.floor((step.to - from) / width));
      for (let column = first; column <= last; column++) {
        const begin = from + column * width;
        sums[(line * columns + column) * phases.length + phase] +=
          Math.max(0, Math.min(step.to, begin + width) - Math.max(step.from, begin));
      }
    }
  }
  const cells = [];
  for (let at = 0; at < sums.length; at += phases.length) {
    let whole = 0, most = 0;
    for (let phase = 0; phase < phases.length; phase++) {
      whole += sums[at + phase];
      if (sums[at + phase] > sums[at + most]) most = phase;
    }
    cells.push(whole <= 0 ? null : {phase: phases[most], full: Math.min(1, whole / (width * lanesALine))});
  }
  return cells;
}
