import assert from "node:assert/strict";
import {test} from "node:test";
import {cellsOf, isOver, momentOf, stateAt, timesOf, wordsOf} from "../../src/compare/page/race_times.mjs";

// A transfer that comes to its steps at these times.
function transfer(file, lane, [begin, answer, served, read, resumed, done, end], error = null, handed = resumed) {
  return {file, lane, begin, answer, served, read, handed, resumed, done, end, error};
}

function runOf(transfers, spans = []) {
  return {files: new Set(transfers.map((t) => t.file)).size, transfers, spans,
          lanes: new Set(transfers.map((t) => t.lane)).size};
}

test("a file goes through its states, each from its time on", () => {
  const times = timesOf(runOf([transfer(0, 0, [10, 20, 30, 40, 50, 60, 70])]), "loop");
  const seen = [9, 10, 20, 30, 40, 50, 60, 70].map((us) => momentOf(times, us).cells[0]);
  // At 60 the loop does not run: the rest of the batch is not stored.
  assert.deepEqual(seen, ["n", "w", "r", "w", "r", "c", "c", "h"]);
  const running = timesOf(runOf([transfer(0, 0, [10, 20, 30, 40, 50, 60, 70])], [{begin: 58, end: 70}]), "loop");
  assert.equal(momentOf(running, 60).cells[0], "r");
  assert.equal(momentOf(timesOf(runOf([transfer(0, 0, [10, 20, 30, 40, 50, 60, 70])]), "pool"), 60).cells[0], "r");
});

test("a step that takes no time is not seen", () => {
  const times = timesOf(runOf([transfer(0, 0, [0, 5, 5, 5, 5, 9, 9])]), "threads");
  assert.equal(momentOf(times, 5).cells[0], "c");
  assert.equal(momentOf(times, 9).cells[0], "h");
});

test("a failed attempt is seen until the next begins", () => {
  const times = timesOf(runOf([transfer(0, 0, [40, 50, 50, 50, 50, 60, 60]),
                               transfer(0, 0, [10, 20, 20, 20, 20, 20, 20], "http")]), "threads");
  assert.deepEqual([15, 25, 45, 65].map((us) => momentOf(times, us).cells[0]),
                   ["w", "x", "w", "h"]);
});

test("a thread is blocked while it waits, and runs while it stores", () => {
  const times = timesOf(runOf([transfer(0, 0, [10, 20, 20, 22, 25, 30, 31])]), "threads");
  assert.deepEqual([0, 10, 21, 23, 25, 30].map((us) => momentOf(times, us).squares[0]),
                   ["i", "b", "b", "i", "u", "i"]);
});

test("a process starts first, and the one thread runs between two files", () => {
  const transfers = [transfer(0, 0, [10, 20, 20, 20, 20, 30, 30]),
                     transfer(1, 0, [40, 50, 50, 50, 50, 60, 60])];
  assert.equal(momentOf(timesOf(runOf(transfers), "processes"), 5).squares[0], "s");
  assert.equal(momentOf(timesOf(runOf(transfers), "one"), 35).squares[0], "u");
  assert.equal(momentOf(timesOf(runOf(transfers), "one"), 60).squares[0], "i");
  assert.equal(momentOf(timesOf(runOf(transfers), "threads"), 35).squares[0], "i");
});

test("a loop is one square, which runs in its spans until all is here", () => {
  const transfers = [0, 1].map((file) => transfer(file, file, [1, 50, 50, 50, 50, 60, 60]));
  const times = timesOf(runOf(transfers, [{begin: 0, end: 2}, {begin: 50, end: 99}]), "loop");
  assert.deepEqual([1, 2, 55, 70].map((us) => momentOf(times, us).squares),
                   [["u"], ["i"], ["u"], ["i"]]);
});

test("of 250 files three share a cell, which shows what is most urgent", () => {
  const states = new Array(250).fill("h");
  states[0] = "r";
  states[4] = "w";
  states[5] = "n";
  const cells = cellsOf(states);
  assert.equal(cells.length, 84);
  assert.deepEqual(cells.slice(0, 3), ["r", "w", "h"]);
  assert.deepEqual(cellsOf([]), []);
});

test("the state before the first step is the one given", () => {
  assert.equal(stateAt([], 5, "n"), "n");
  assert.equal(stateAt([[6, "w"]], 5, "n"), "n");
});

test("words count the workers; more than the cores share them", () => {
  const transfers = [0, 1, 2].map((file) => transfer(file, file, [0, 10, 10, 10, 10, 20, 20]));
  const times = timesOf(runOf(transfers), "threads");
  assert.equal(wordsOf(momentOf(times, 5), 2), "3 blocked");
  assert.equal(wordsOf(momentOf(times, 15), 2), "3 share 2 cores");
  assert.equal(wordsOf(momentOf(times, 15), 3), "3 running");
  assert.equal(wordsOf(momentOf(times, 20), 2), "done");
  assert.ok(isOver(momentOf(times, 20)));
});

test("words of a loop count the files", () => {
  const transfers = [transfer(0, 0, [0, 10, 30, 30, 30, 40, 40]),
                     transfer(1, 1, [0, 20, 30, 30, 30, 40, 40])];
  const loop = timesOf(runOf(transfers, [{begin: 12, end: 40}]), "loop");
  assert.equal(wordsOf(momentOf(loop, 5), 2), "idle, 2 wait");
  assert.equal(wordsOf(momentOf(loop, 25), 2), "running, 2 ready");
});

test("a loop is not idle while a file is ready for it", () => {
  const transfers = [transfer(0, 0, [0, 10, 10, 10, 30, 40, 50], null, 20)];
  const loop = timesOf(runOf(transfers, [{begin: 15, end: 20}]), "loop");
  const seen = [12, 16, 25, 45].map((us) => [momentOf(loop, us).squares[0], wordsOf(momentOf(loop, us), 2)]);
  assert.deepEqual(seen, [["s", "needs a core, 1 ready"], ["u", "running, 1 ready"],
                          ["i", "idle, 1 ready for the pool"], ["i", "idle"]]);
  assert.equal(wordsOf(momentOf(timesOf(runOf(transfers), "pool"), 45), 2), "needs a core, 1 ready");
});
