import assert from "node:assert/strict";
import {test} from "node:test";
import {densityOf, laneRows, lateFor, longestSteps, lossOf, loopComputes, loopKind, loopTimes, overlapOf,
        slowestOf, stepsOf, sumsOf, unionOf, wordsFor,
        whyIdle} from "../../src/compare/page/steps.mjs";

// Asked at begin, connected after 5, answered after 100, and so on.
function transfer(begin, lane = 0, {wait = 95, work = 20} = {}) {
  const t = {begin, lane, phases: {wait, work}, answer: begin + 5 + wait};
  t.served = t.answer + 10;
  t.read = t.served + 5;
  t.handed = t.read + 6;
  t.resumed = t.read + 10;
  t.computed = t.resumed + work;
  t.stored = t.computed + 2;
  t.onCore = 1;
  t.done = t.computed + 5;
  t.end = t.done + 20;
  return t;
}

const runOf = (transfers, spans = [], more = {}) => ({
  transfers, spans, length: 1000, lanes: 1 + Math.max(0, ...transfers.map((t) => t.lane)), ...more});

test("the phases of a transfer follow each other, and none is empty", () => {
  const steps = stepsOf(transfer(10, 0, {work: 0}));
  assert.deepEqual(steps.map((s) => s.phase),
                   ["connecting", "waiting", "ready", "receiving", "ready", "pool", "pool", "storing", "report"]);
  assert.equal(steps[0].from, 10);
  steps.slice(1).forEach((step, i) => assert.equal(step.from, steps[i].to));
});

test("computing is what it had of a core, the rest is waiting for one", () => {
  const sums = sumsOf({...transfer(0, 0, {work: 40}), onCore: .25});
  assert.deepEqual([sums.computing, sums.core], [10, 30]);
  assert.deepEqual([sums.pool, sums.ready, sums.report], [6, 16, 20]);
  assert.equal(wordsFor({tells: true}, "ready"), "waiting for the loop");
  assert.equal(wordsFor({}, "ready"), "ready, nobody came to it");
});

test("the slowest come first, with the phase that took the most", () => {
  const run = runOf([transfer(0), transfer(0, 1, {wait: 300}), transfer(0, 2, {work: 900})]);
  assert.deepEqual(slowestOf(run, 2).map(({index}) => index), [2, 1]);
  assert.deepEqual(longestSteps(run.transfers[2], .5), [{phase: "computing", us: 900}]);
  assert.deepEqual(longestSteps(run.transfers[1], .1)[0], {phase: "waiting", us: 300});
  assert.deepEqual(lossOf(run, run.transfers[1]), {phase: "waiting", us: 205});
  assert.deepEqual(lossOf(run, run.transfers[2]), {phase: "computing", us: 880});
});

test("what a loop does is known by its callbacks' names", () => {
  assert.equal(loopKind({name: "socket ready"}), "callbacks");
  assert.equal(loopKind({name: "libcurl's timeout"}), "timers");
  assert.equal(loopKind({name: "transfers start, files go to the pool"}), "transfers");
  assert.equal(loopKind({name: "waits for the server", blocked: true}), "blocked");
});

test("intervals are joined, and what two lists share is found", () => {
  assert.deepEqual(unionOf([[5, 9], [1, 3], [2, 6], [20, 20]]), [[1, 9]]);
  assert.deepEqual(overlapOf([[0, 10], [20, 30]], [[5, 25], [28, 40]]),
                   [[5, 10], [20, 25], [28, 30]]);
});

test("others wait for the loop where they are ready and it is at work", () => {
  const t = transfer(0);          // ready 100-110, 115-121 (then the pool's) and 150-170
  const run = runOf([t], [{begin: 90, end: 120}, {begin: 160, end: 300}]);
  assert.deepEqual(lateFor(run), [[100, 110], [115, 120], [160, 170]]);
  assert.deepEqual(lateFor({...run, blocks: true}), []);
});

test("a loop is idle only where nothing is ready for it", () => {
  const run = runOf([transfer(0)]);  // ready 100-110, 115-121, then the pool's; stored at 150
  assert.equal(whyIdle(run, 50), "is idle: nothing is ready for it");
  assert.equal(whyIdle(run, 105), "needs a core: 1 file waited for it");
  assert.equal(whyIdle(run, 123), "is idle: nothing is ready for it");
  assert.equal(whyIdle(run, 160), "is idle: 1 file stored, but not the rest of the batch");
  assert.equal(whyIdle({...run, pool: true}, 160), "needs a core: 1 file waited for it");
});

test("the loop's time adds up to the run's", () => {
  const run = runOf([transfer(0)], [{begin: 90, end: 200, name: "socket ready"},
                                    {begin: 300, end: 310, name: "journal flush"},
                                    {begin: 0, end: 4, name: "the run's turn"}]);
  assert.deepEqual(loopComputes(run), [[125, 145]]);
  const {callbacks, computing, transfers, timers, idle, busy} = loopTimes(run);
  assert.deepEqual([callbacks, computing, transfers, timers, busy], [90, 20, 4, 10, 124]);
  assert.equal(idle, 1000 - 124);
});

test("lanes are ordered by number, by their slowest, or by their end", () => {
  const run = runOf([transfer(0), transfer(0, 1, {wait: 300}), transfer(800, 2)]);
  assert.deepEqual(laneRows(run, "number"), [0, 1, 2]);
  assert.deepEqual(laneRows(run, "slowest"), [1, 0, 2]);
  assert.deepEqual(laneRows(run, "last"), [2, 1, 0]);
});

test("merged bars are cells with the commonest phase and how full they are", () => {
  const run = runOf([transfer(0), transfer(0, 1), transfer(0, 2), transfer(0, 3)]);
  const cells = densityOf(run, [0, 1, 2, 3], {from: 0, to: 200}, {columns: 2, lines: 2});
  assert.equal(cells.length, 4);
  assert.deepEqual(cells[0], {phase: "waiting", full: 1});
  assert.equal(cells[1].full, .7);
  assert.deepEqual(densityOf(runOf([]), [], {from: 0, to: 9}, {columns: 1, lines: 1}), [null]);
});
