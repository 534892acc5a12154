import assert from "node:assert/strict";
import {test} from "node:test";
import {costsAt, expected, isAsFast, largestOf, measuredAt, priceOf, wayOf, waysOf} from "../../src/compare/page/model.mjs";

const row = (mode, inFlight, seconds, more = {}) => ({
  mode, inFlight, seconds, files: 100, sound: true, one: mode === "sequential",
  blocks: mode !== "async", pool: false, cpu: .1, cpuBefore: 0, busy: 0, bytes: 12e6, threads: 5, fetching: 1,
  switches: 900, lastBegan: 0, allAsked: 0, ...more});

const waiting = {work: 0, latency: 100000, files: 100, cores: 2, rows: [
  row("sequential", 1, 10.2), row("threads", 10, 1.04, {lastBegan: 1000, bytes: 13e6}),
  row("async", 100, .13, {allAsked: 20000, switches: 200, bytes: 15e6}),
  row("threads", 100, .14, {lastBegan: 24000, bytes: 21.9e6})]};
const computing = {work: 20000, latency: 100000, files: 40, cores: 2, rows: [
  row("async", 40, .92, {files: 40}), row("async", 40, .53, {files: 40, pool: true})]};
const parts = [waiting, computing];
const at = (more) => ({files: 100, latency: 100000, work: 0, workers: 100, cores: 2, ...more});
const way = (kind) => waysOf(parts).find((w) => w.kind === kind);
const near = (a, b) => assert.ok(Math.abs(a - b) < 1, `${a} ${b}`);

test("each measured point lies on its curve", () => {
  near(expected(way("one"), at()).us, 10.2e6);
  near(expected(way("threads"), at({workers: 10})).us, 1.04e6);
  near(expected(way("threads"), at()).us, .14e6);
  near(expected(way("loop"), at()).us, .13e6);
});

test("between two measured numbers the costs are between theirs", () => {
  const {own} = costsAt(way("threads"), 30);
  assert.ok(own > 3900 && own < 16000, own);
  near(costsAt(way("threads"), 1).own, 2000);
  assert.equal(costsAt(way("threads"), 9999).n, 100);
});

test("computing is the loop's own, and the cores' of the others", () => {
  const loop = expected(way("loop"), at({work: 50000}));
  assert.equal(loop.limit, "computing");
  near(loop.us, 20000 + 100000 + 10000 + 100 * 50000);
  const threads = expected(way("threads"), at({work: 50000}));
  near(threads.us, 24000 + 100000 + 16000 + 100 * 50000 / 2);
  assert.equal(expected(way("pool"), at({work: 50000})).able, 2);
  near(expected(way("one"), at({work: 50000})).us, 10.2e6 + 5e6);
});

test("workers that block wait and compute in turns, a loop's pool goes on waiting", () => {
  near(expected(way("threads"), at({workers: 10, work: 20000})).us, 1.04e6 + 100 * 20000 / 2);
  const slow = at({workers: 10, work: 20000, latency: 200000});
  near(expected(way("threads"), slow).us, 2.04e6 + 100 * 20000 / 2);
  const pool = expected(way("pool"), slow);
  assert.equal(pool.limit, "waiting");
  assert.ok(pool.us < 2.5e6, pool.us);
});

test("a row of a race is of a way", () => {
  const ways = waysOf(parts);
  assert.deepEqual(computing.rows.map((r) => wayOf(ways, r).kind), ["loop", "pool"]);
  assert.equal(wayOf(ways, waiting.rows[1]).kind, "threads");
  assert.equal(wayOf(ways, row("processes", 5, 2)), undefined);
});

test("latency counts once a turn", () => {
  near(expected(way("one"), at({latency: 200000})).us, 20.2e6);
  near(expected(way("threads"), at({workers: 10, latency: 200000})).us, 2.04e6);
  near(expected(way("loop"), at({latency: 200000})).us, .23e6);
});

test("where nobody waits long, the processor limits", () => {
  const slow = {...way("one"), costs: [{n: 1, start: 0, own: 100, processor: 1000, busy: 0}]};
  const one = expected(slow, at({latency: 0}));
  assert.deepEqual([one.limit, one.us], ["processor", 100000]);
});

test("what the program takes before the run is not the files'", () => {
  const rows = [row("async", 100, .13, {cpu: .1, cpuBefore: .04, busy: 15000})];
  const [loop] = waysOf([{...waiting, rows}]);
  near(loop.costs[0].processor, 600);
  const many = expected(loop, at({files: 10000, workers: 10000}));
  // Its one thread, and the pool that stores beside it, on two cores.
  assert.equal(many.limit, "processor");
  near(many.us, 10000 * 600 / 2);
  const single = expected(loop, at({files: 10000, workers: 10000, cores: 8}));
  assert.deepEqual([single.limit, largestOf(single)], ["thread", "busy"]);
  near(single.us, 10000 * 150);
  const [late] = waysOf([{...waiting, rows: [{...rows[0], busy: 1e6}]}]);
  near(late.costs[0].busy, 600);
});

test("what limits a way is its largest term", () => {
  const largest = (kind, more) => largestOf(expected(way(kind), at(more)));
  assert.equal(largest("one", {work: 50000}), "latency"); // 10 of 15 s
  assert.equal(largest("one", {work: 150000}), "work");
  assert.equal(largest("threads", {work: 50000}), "work");
  const slow = {...way("threads"), costs: [{n: 5, start: 10000, own: 3000, processor: 100, busy: 0}]};
  assert.equal(largestOf(expected(slow, at({files: 10000, workers: 10000}))), "starting");
});

test("beyond what was measured, more counts as equal", () => {
  const loop = way("loop");
  assert.ok(isAsFast(loop, {n: 100, us: 1.1e6}, 1e6, .15));
  assert.ok(!isAsFast(loop, {n: 100, us: 1.4e6}, 1e6, .15));
  assert.ok(isAsFast(loop, {n: 10000, us: 1.4e6}, 1e6, .15));
  assert.ok(!isAsFast(loop, {n: 10000, us: 1.6e6}, 1e6, .15));
  assert.ok(isAsFast(loop, {n: 100, us: 130e3}, 100e3, .15));
  assert.ok(!isAsFast(loop, {n: 100, us: 131e3}, 100e3, .15));
});

test("what was measured under the same conditions is found", () => {
  assert.deepEqual(measuredAt(parts, at()).map((p) => [p.kind, p.n]),
                   [["one", 1], ["threads", 10], ["loop", 100], ["threads", 100]]);
  assert.deepEqual(measuredAt(parts, at({work: 20000, files: 40})).map((p) => p.kind), ["loop", "pool"]);
  assert.deepEqual(measuredAt(parts, at({work: 50000})), []);
});

test("the price of many is what one more costs, as often", () => {
  const threads = priceOf(parts, "threads", 10000);
  near(threads.each, 100000);
  near(threads.bytes, 12e6 + 1e9);
  near(threads.switches, 90000);
  near(priceOf(parts, "loop", 10000).switches, 20000);
  assert.equal(priceOf([computing], "threads", 10000), null);
  near(priceOf(parts, "threads", 10, 100).switches, 900);
  assert.deepEqual(Object.keys(priceOf(parts, "one", 1, 100)), ["measured", "bytes", "switches"]);
  const processes = row("processes", 5, 2, {bytes: 62e6});
  near(priceOf([{...waiting, rows: [...waiting.rows, processes]}], "processes", 5).bytes, 62e6);
});

test("a race that only computes tells nothing of waiting", () => {
  assert.deepEqual(waysOf([computing]), []);
});
