// The runs of the page, as its modules work with them.

import {count, duration, plural} from "./format.mjs";

export const PHASES = ["queued", "dns", "connect", "tls", "wait", "body", "ready", "work", "file"];
const WAITS = ["dns", "connect", "tls", "wait"];
const FIELDS = 18;            // numbers of a transfer

// A run as the page works with it: transfers in order of lane and time.
export function readRun(raw) {
  const transfers = [];
  for (let i = 0; i < raw.transfers.length; i += FIELDS) {
    const n = raw.transfers.slice(i, i + FIELDS);
    const t = {queuedAt: n[0], phases: {}, worker: n[12], attempt: n[13],
               status: n[14], bytes: n[15], file: n[16], url: raw.names[n[16]],
               error: n[17] ? raw.errors[n[17] - 1] : null};
    PHASES.forEach((phase, k) => { t.phases[phase] = n[1 + k]; });
    t.begin = t.queuedAt + t.phases.queued;
    t.waits = WAITS.reduce((sum, phase) => sum + t.phases[phase], 0);
    t.answer = t.begin + t.waits;
    t.served = t.answer + n[10];
    t.read = t.served + t.phases.body;
    t.resumed = t.read + Math.max(0, t.phases.ready - n[10] - n[11]);
    t.done = t.resumed + t.phases.work + t.phases.file;
    t.end = t.done + n[11];
    transfers.push(t);
  }
  const lanes = [...new Set(transfers.map((t) => t.worker))].sort((a, b) => a - b);
  const row = new Map(lanes.map((worker, i) => [worker, i]));
  for (const t of transfers) t.lane = row.get(t.worker);
  transfers.sort((a, b) => a.lane - b.lane || a.begin - b.begin);
  const spans = [];
  for (let i = 0; i < raw.spans.length; i += 4)
    spans.push({begin: raw.spans[i], end: raw.spans[i + 1],
                blocked: raw.spans[i + 2] === 1,
                name: raw.works[raw.spans[i + 3]]});
  return {label: raw.label, mode: raw.mode, files: raw.names.length, length: raw.length_us || 1,
          busy: raw.busy_us, leftOut: raw.left_out || 0, transfers, lanes: lanes.length, spans,
          blocks: raw.mode !== "async" && raw.mode !== ""};
}

export function laneWord(run, lane) {
  const word = {threads: "thread", processes: "process",
                async: "connection"}[run.mode] || "transfer";
  return word + " " + (lane + 1);
}

// What the picture shows, in a sentence.
export function story(run) {
  const n = run.transfers.length;
  if (n === 0) return "No transfer was made.";
  if (run.leftOut)
    return `${count(n)} of ${count(n + run.leftOut)} attempts are drawn: the slowest, some that ` +
           "failed, and every so many of the others.";
  const waits = run.transfers.reduce((sum, t) => sum + t.waits, 0);
  const each = duration(waits / n);
  const ready = run.transfers.reduce((sum, t) => sum + t.phases.ready, 0);
  const late = ready > waits / 10 && ready / n > 1000
    ? ` An answer or a stored file lay there for ${duration(ready / n)} on average, while ` +
      (run.pool ? "the pool computed others." : "the loop was at work on other files.")
    : "";
  const most = peak(run);
  if (run.mode === "sequential")
    return `One at a time: ${count(n)} waits of ${each}, one after the other. ` +
           "While it waits for one answer the loop is blocked, and asks for no other.";
  if (run.mode === "threads")
    return `${plural(most, "wait")} of ${each} at a time, each by a thread that is ` +
           "blocked meanwhile.";
  if (run.mode === "processes")
    return `${plural(most, "wait")} of ${each} at a time, each by a process that is ` +
           "blocked meanwhile. Each must start first.";
  if (run.mode === "async")
    return `${plural(most, "wait")} of ${each} at a time, by one thread. Its loop works for ` +
           `${duration(run.busy)} in all, and sleeps while no answer is there. While it ` +
           "works it serves no other file." + late;
  return `${plural(most, "transfer")} at a time, ${each} of waiting each.` + late +
         (late ? " A report does not tell which part of that came before the work, a trace does." : "");
}

export function peak(run) {
  const edges = [];
  for (const t of run.transfers) edges.push([t.begin, 1], [t.end, -1]);
  edges.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let now = 0, most = 0;
  for (const [, step] of edges) most = Math.max(most, now += step);
  return most;
}
