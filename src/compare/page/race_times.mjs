// What the files and the workers of a run are doing at any time of it. The
// states are letters, which are classes in race.css; race_moment.c draws one
// moment by the same rules.
//
//   files:   n not asked for  w waiting  r ready  c computed or stored
//            h here  x failed
//   workers: i idle  s starting  b blocked  u running
//
// A file that is ready may be in line for the pool, and one that is stored may wait
// for the rest of its batch, or for the loop: p and d, which are shown as r or c.

const CELLS = 100, WORKERS = 100;
// The state that a cell of several files shows: the first that one of them has.
const FIRST_SHOWN = ["r", "c", "w", "x", "n", "h"];

function attemptSteps(t) {
  return [[t.begin, "w"], [t.answer, "r"], [t.served, "w"], [t.read, "r"], [t.handed, "p"],
          [t.resumed, "c"], [t.done, "d"], [t.end, t.error ? "x" : "h"]];
}

// For each file, when it comes to which state, in order of time.
function fileSteps(run) {
  const steps = Array.from({length: run.files}, () => []);
  const inOrder = [...run.transfers].sort((a, b) => a.begin - b.begin);
  for (const t of inOrder) {
    if (!steps[t.file]) continue;
    steps[t.file] = steps[t.file].filter(([at]) => at <= t.begin).concat(attemptSteps(t));
  }
  return steps;
}

function threadSteps(transfers, kind) {
  const between = kind === "one" ? "u" : "i";
  const steps = [[0, kind === "processes" ? "s" : "i"]];
  for (const t of transfers)
    steps.push([t.begin, "b"], [t.read, between], [t.resumed, "u"], [t.done, between]);
  if (transfers.length) steps.push([transfers[transfers.length - 1].end, "i"]);
  return steps;
}

const isLoop = (kind) => kind === "loop" || kind === "pool";

// For each worker likewise. kind: loop; pool, a loop beside a pool that computes;
// one, threads or processes.
function workerSteps(run, kind) {
  if (isLoop(kind))
    return [[[0, "i"], ...run.spans.flatMap((s) => [[s.begin, "u"], [s.end, "i"]])]];
  const own = Array.from({length: run.lanes}, () => []);
  for (const t of run.transfers) own[t.lane].push(t);
  return own.map((transfers) => threadSteps(transfers, kind));
}

export function stateAt(steps, us, before) {
  let low = 0, high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle][0] <= us) low = middle + 1;
    else high = middle;
  }
  return low > 0 ? steps[low - 1][1] : before;
}

function tally(states) {
  const counts = {};
  for (const state of states) counts[state] = (counts[state] || 0) + 1;
  return counts;
}

// One state for each cell. Of more files than cells, some files share a cell.
export function cellsOf(states) {
  const size = Math.max(1, Math.ceil(states.length / CELLS));
  const cells = [];
  for (let at = 0; at < states.length; at += size) {
    const own = new Set(states.slice(at, at + size));
    cells.push(FIRST_SHOWN.find((state) => own.has(state)));
  }
  return cells;
}

export function timesOf(run, kind) {
  return {total: run.files, kind, files: fileSteps(run), workers: workerSteps(run, kind)};
}

// A loop that does not run would notice at once what is stored: there the rest of
// the batch is not.
function shownAs(kind, runs) {
  const isBatched = kind === "loop" && !runs;
  return (state) => state === "p" ? "r" : state === "d" ? (isBatched ? "c" : "r") : state;
}

export function momentOf(times, us) {
  const loop = isLoop(times.kind), runs = loop && stateAt(times.workers[0], us, "i") === "u";
  const steps = times.files.map((own) => stateAt(own, us, "n"));
  const files = steps.map(shownAs(times.kind, runs));
  const moment = {total: times.total, kind: times.kind, cells: cellsOf(files), files: tally(files),
                  forLoop: files.filter((state, i) => state === "r" && steps[i] !== "p").length};
  const workers = loop ? [stateOfLoop(moment, runs)] : times.workers.map((own) => stateAt(own, us, "i"));
  return {...moment, squares: workers.slice(0, WORKERS), workers: tally(workers)};
}

// A loop that does not run while a file waits for it is not idle.
function stateOfLoop(moment, runs) {
  if (isOver(moment)) return "i";
  return runs ? "u" : moment.forLoop > 0 ? "s" : "i";
}

export function isOver(moment) {
  return (moment.files.h || 0) + (moment.files.x || 0) === moment.total;
}

function wordsOfLoop(moment) {
  const {w: waiting = 0, r: ready = 0} = moment.files, forPool = ready > 0 && moment.forLoop === 0;
  const words = [moment.workers.u ? "running" : moment.workers.s ? "needs a core" : isOver(moment) ? "done" : "idle"];
  if (ready) words.push(`${ready} ready${forPool ? " for the pool" : ""}`);
  // There is no room for more words.
  if (waiting && !forPool) words.push(`${waiting} wait${waiting === 1 ? "s" : ""}`);
  return words.join(", ");
}

// More threads than cores cannot all be running.
const shared = (cores) => `share ${cores} core${cores === 1 ? "" : "s"}`;

// What the workers do, in words.
export function wordsOf(moment, cores) {
  if (isLoop(moment.kind)) return wordsOfLoop(moment);
  if (isOver(moment)) return "done";
  const words = {b: "blocked", u: "running", s: "starting", i: "idle"};
  const alone = Object.values(moment.workers).reduce((a, b) => a + b, 0) === 1;
  const present = Object.keys(words).filter((state) => moment.workers[state]);
  return present.filter((state) => state !== "i" || present.length === 1)
    .map((state) => {
      const n = moment.workers[state];
      const word = state === "u" && n > cores ? shared(cores) : words[state];
      return alone ? word : `${n} ${word}`;
    }).join(", ");
}
