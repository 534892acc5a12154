// The runs of the page, as its modules work with them.

import {count, duration, plural} from "./format.mjs";

export const PHASES = ["queued", "dns", "connect", "tls", "wait", "body", "ready", "work", "file"];
const WAITS = ["dns", "connect", "tls", "wait"];
const FIELDS = 21;            // numbers of a transfer

// A run as the page works with it: transfers in order of lane and time.
export function readRun(raw) {
  const transfers = [];
  for (let i = 0; i < raw.transfers.length; i += FIELDS) {
    const n = raw.transfers.slice(i, i + FIELDS);
    const t = {queuedAt: n[0], phases: {}, worker: n[15], attempt: n[16],
               status: n[17], bytes: n[18], file: n[19], url: raw.names[n[19]],
               error: n[20] ? raw.errors[n[20] - 1] : null};
    PHASES.forEach((phase, k) => { t.phases[phase] = n[1 + k]; });
    t.begin = t.queuedAt + t.phases.queued;
    t.waits = WAITS.reduce((sum, phase) => sum + t.phases[phase], 0);
    t.answer = t.begin + t.waits;
    t.served = t.answer + n[10];
    t.read = t.served + t.phases.body;
    t.resumed = t.read + Math.max(0, t.phases.ready - n[10] - n[11]);
    t.handed = Math.max(t.read, t.resumed - n[12]);
    t.computed = t.resumed + t.phases.work;
    t.stored = t.computed + Math.min(n[13], t.phases.file);
    t.onCore = n[14] > 0 ? Math.min(1, n[14] / t.phases.work) : 1;
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
          busy: raw.busy_us, tells: raw.tells === true, leftOut: raw.left_out || 0, transfers, lanes: lanes.length, spans,
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
  const late = lateness(run, waits);
  const most = peak(run);
  if (run.mode === "sequential")
    return `One at a time: ${count(n)} waits of ${each}, one after the other. ` +
           "While it waits for one answer the main thread is blocked, and asks for no other.";
  if (run.mode === "threads")
    return `${plural(most, "wait")} of ${each} at a time, each by a thread that is ` +
           "blocked meanwhile.";
  if (run.mode === "processes")
    return `${plural(most, "wait")} of ${each} at a time, each by a process that is ` +
           "blocked meanwhile. Each must start first.";
  if (run.mode === "async")
    return `${plural(most, "wait")} of ${each} at a time, by one thread, which sleeps while no ` +
           "answer is there. While it works it serves no other file." +
           (run.helpers ? ` ${plural(run.helpers, "helper thread")} (the pool) store the files${run.pool ? ", and compute" : ""}.` : "") + late;
  return `${plural(most, "transfer")} at a time, ${each} of waiting each.` + late +
         (late ? " A report does not tell what it waited for, a trace does." : "");
}

const listOf = (texts) => texts.length < 2 ? texts.join("") : texts.slice(0, -1).join(", ") + ", and " + texts.at(-1);

// How long a file was ready on average, and what it waited for, where that is known
// and long beside the time that it waited for the server.
function lateness(run, waits) {
  const n = run.transfers.length;
  const sum = (of) => run.transfers.reduce((all, t) => all + of(t), 0);
  const kinds = run.tells
    ? [["for the loop", sum((t) => t.served - t.answer + t.handed - t.read)],
       ["for the pool", sum((t) => t.resumed - t.handed + t.stored - t.computed)],
       ["once it was stored, to be noticed", sum((t) => t.end - t.done)]]
    : [["for somebody to come to it", sum((t) => t.phases.ready)]];
  const long = kinds.filter(([, us]) => us > waits / 10 && us / n > 1000)
    .map(([words, us]) => `${duration(us / n)} ${words}`);
  return long.length ? ` On average a file was ready and waited ${listOf(long)}.` : "";
}

export function peak(run) {
  const edges = [];
  for (const t of run.transfers) edges.push([t.begin, 1], [t.end, -1]);
  edges.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let now = 0, most = 0;
  for (const [, step] of edges) most = Math.max(most, now += step);
  return most;
}
