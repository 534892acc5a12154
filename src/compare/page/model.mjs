// What a run would take under other conditions, computed from measured rows.
// Times in µs.
//
//   waiting:   starting + turns × (latency + own + computing)
//   computing: starting + turns × (latency + own) + files × computing ÷ cores
//   thread:    files × (busy + computing)
//   processor: files × (computing + processor) ÷ cores
//
// turns: files ÷ workers, rounded up. The rest is measured: starting, what it takes
// to start each worker; own, what a turn took beside the server's latency; busy, how
// long a file kept the one thread of a loop at work; processor, a file's processor
// time, without that before the run. The largest of the four is the expected time.
//
// Workers that block are answered at about the same time, and then share the cores:
// so they wait and compute in turns. A loop goes on waiting while it, or its pool,
// computes: there computing has but one turn of waiting. One thread of a loop
// computes for all files: there cores is 1. A pool computes beside the thread.

const WAY_KINDS = [
  {kind: "one", is: (row) => row.one},
  {kind: "threads", is: (row) => row.blocks && !row.one && row.mode === "threads"},
  {kind: "processes", is: (row) => row.mode === "processes"},
  {kind: "loop", is: (row) => !row.blocks && !row.pool},
];
const WAY_NAMES = {one: "One after the other", threads: "Threads", processes: "Processes",
               loop: "Event loop", pool: "Event loop and pool"};
const POOL_THREADS = 4;

function costsOf(row, part) {
  const n = Math.max(1, row.inFlight), turns = Math.ceil(row.files / n);
  const started = row.one ? 0 : row.blocks ? row.lastBegan : row.allAsked;
  const T = row.seconds * 1e6;
  const processor = Math.max(0, row.cpu - row.cpuBefore) * 1e6 / row.files;
  // A thread that has no core is no busier than what the program has computed.
  return {n, start: started / n, own: Math.max(0, (T - started) / turns - part.latency), processor,
          busy: row.blocks ? 0 : Math.min(processor, row.busy / row.files)};
}

// The ways that can be computed from the rows of a race without computing.
export function waysOf(parts) {
  const part = parts.find((p) => p.work === 0);
  if (!part) return [];
  const ways = [];
  // One at a time, every way has the own costs of one after the other.
  const alone = part.rows.find((row) => row.sound && row.one);
  const one = alone && costsOf(alone, part);
  for (const {kind, is} of WAY_KINDS) {
    const rows = part.rows.filter((row) => row.sound && is(row));
    if (rows.length === 0) continue;
    const costs = rows.map((row) => costsOf(row, part)).sort((a, b) => a.n - b.n);
    if (one && costs[0].n > 1) costs.unshift({...costs[0], n: 1, own: one.own, processor: one.processor});
    ways.push({kind, name: WAY_NAMES[kind], costs, threads: 1});
  }
  const loop = ways.find((way) => way.kind === "loop");
  const pool = parts.flatMap((p) => p.rows).find((row) => row.pool);
  if (loop && pool)
    ways.push({...loop, kind: "pool", name: WAY_NAMES.pool,
               threads: Math.max(1, pool.threads - pool.fetching) || POOL_THREADS});
  return ways;
}

// Between two measured numbers of workers, the costs are between theirs.
export function costsAt(way, n) {
  const {costs} = way;
  const above = costs.findIndex((c) => c.n >= n);
  if (above <= 0) return above === 0 ? costs[0] : costs[costs.length - 1];
  const a = costs[above - 1], b = costs[above];
  const share = Math.log(n / a.n) / Math.log(b.n / a.n);
  const between = (key) => a[key] + (b[key] - a[key]) * share;
  return {n, start: between("start"), own: between("own"), processor: between("processor"),
          busy: between("busy")};
}

function coresFor(way, n, cores) {
  if (way.kind === "one" || way.kind === "loop") return 1;
  return Math.max(1, Math.min(cores, way.kind === "pool" ? way.threads : n));
}

// The terms that are added up to the expected time, in the order of the formula.
function termsOf(limit, {files, latency, work}, {started, turns, waits, own, processor, busy, able, busyCores, ownThread}) {
  const begun = {starting: started};
  if (limit === "waiting") return {...begun, latency: turns * latency, work: turns * work, own: turns * own};
  if (limit === "computing")
    return {...begun, latency: waits * latency, own: waits * own, work: files * work / able};
  if (limit === "thread") return {busy: files * busy, work: files * ownThread * work};
  return {processor: files * processor / busyCores, work: files * work / busyCores};
}

const LIMITS = ["waiting", "computing", "thread", "processor"];
const total = (terms) => Object.values(terms).reduce((a, b) => a + b, 0);

export function expected(way, at) {
  const {files, workers, cores} = at, isLoop = way.kind === "loop" || way.kind === "pool";
  const n = way.kind === "one" ? 1 : Math.max(1, Math.min(workers, files));
  const {start, own, processor, busy} = costsAt(way, n);
  const turns = Math.ceil(files / n), able = coresFor(way, n, cores);
  const result = {n, started: start * n, turns, waits: isLoop ? 1 : turns, own, processor, busy, able,
                  busyCores: isLoop ? cores : able, ownThread: way.kind === "loop" ? 1 : 0};
  const terms = Object.fromEntries(LIMITS.map((limit) => [limit, termsOf(limit, at, result)]));
  const limit = LIMITS.reduce((a, b) => total(terms[b]) > total(terms[a]) ? b : a);
  return {...result, us: total(terms[limit]), limit, terms: terms[limit]};
}

// Beyond the most at a time that was measured, costs of less than a millisecond a file
// count thousands of times: what else the computer did meanwhile, too.
export const BEYOND = .5;
// So much two runs may always differ, as the comparison's table has it too.
export const LEAST_US = 30000;

// Does a way take as long as the best, as far as two runs differ?
export function isAsFast(way, {n, us}, best, spread) {
  return us - best <= LEAST_US || us <= best * (1 + (n > way.costs.at(-1).n ? Math.max(spread, BEYOND) : spread));
}

// What takes the most of the expected time.
export function largestOf({terms}) {
  return Object.keys(terms).reduce((a, b) => terms[b] > terms[a] ? b : a);
}

// The way that a row of a race goes.
export function wayOf(ways, row) {
  const kind = row.pool ? "pool" : (WAY_KINDS.find(({is}) => is(row)) || {}).kind;
  return ways.find((way) => way.kind === kind);
}

// What was measured under these conditions, or near them; for points on the curves.
export function measuredAt(parts, {files, latency, work}) {
  return parts.filter((p) => p.files === files && p.work === work &&
                             Math.abs(p.latency - latency) <= latency / 50)
    .flatMap((p) => p.rows.filter((row) => row.sound))
    .map((row) => ({kind: row.pool ? "pool" : (WAY_KINDS.find(({is}) => is(row)) || {}).kind,
                    n: row.inFlight, us: row.seconds * 1e6, bytes: row.bytes, switches: row.switches}));
}

// The price of many in flight: memory by the difference between the fewest and the
// most that were measured, switches by those of a file.
export function priceOf(parts, kind, n, files = n) {
  const part = parts.find((p) => p.work === 0);
  const {is} = WAY_KINDS.find((k) => k.kind === (kind === "pool" ? "loop" : kind));
  const rows = part ? part.rows.filter((row) => row.sound && is(row)) : [];
  const most = rows.sort((a, b) => b.inFlight - a.inFlight)[0];
  const least = part && part.rows.filter((row) => row.sound && row.mode !== "processes")
    .sort((a, b) => a.inFlight - b.inFlight)[0];
  if (!most || !least) return null;
  const switches = most.switches / most.files;
  if (kind === "one") return {measured: most, bytes: most.bytes, switches: switches * files};
  // A process has all of its memory beside the first one's.
  const more = kind === "processes" ? most.inFlight : most.inFlight - least.inFlight;
  if (more <= 0) return null;
  const each = Math.max(0, (most.bytes - least.bytes) / more);
  return {measured: most, base: least.bytes, each, switchesEach: switches,
          startEach: costsOf(most, part).start,
          bytes: least.bytes + each * n, switches: switches * files};
}
