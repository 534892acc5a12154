import assert from "node:assert/strict";
import {test} from "node:test";
import {bytesText, moment, order, readRates} from "../../src/compare/page/real.mjs";

test("rows are sorted by a column, and the row of all others stays last", () => {
  const rows = [{name: "a", keys: ["a", 5]}, {name: "rest", rest: true, keys: ["rest", 9]},
                {name: "b", keys: ["b", 7]}, {name: "c", keys: ["c", 5]}];
  const names = (column, descending) => order(rows, column, descending).map((row) => row.name);
  assert.deepEqual(names(1, true), ["b", "a", "c", "rest"]);
  assert.deepEqual(names(1, false), ["a", "c", "b", "rest"]);
  assert.deepEqual(names(0, true), ["c", "b", "a", "rest"]);
});

test("a moment is told in words, as rates of a second", () => {
  const rates = readRates({width: "500000", files: "2 10", results: "2 13", bytes: "0 2000000",
                           busy: "250000 3000000"});
  assert.equal(moment(rates, 0), "0.00 ms to 500 ms: 4.0 files a second, 0 B a second, " +
                                 "0.5 transfers under way.");
  assert.equal(moment(rates, 1), "500 ms to 1.00 s: 20 files a second, 3 failed, 4.0 MB a second, " +
                                 "6.0 transfers under way.");
});

test("bytes read as haul prints them", () => {
  assert.deepEqual([0, 999, 1500, 15000, 2.5e9].map(bytesText),
                   ["0 B", "999 B", "1.5 kB", "15 kB", "2.5 GB"]);
});
