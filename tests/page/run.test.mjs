import assert from "node:assert/strict";
import {test} from "node:test";
import {count, duration, plural, quantile, spreadOut} from "../../src/compare/page/format.mjs";
import {peak, readRun, story} from "../../src/compare/page/run.mjs";

//              begin queued dns connect tls wait body ready work file first last pool filepool cpu
const PHASES = [100, 10, 1, 2, 3, 94, 5, 9, 20, 6, 4, 2, 1, 2, 5];

function raw(...transfers) {
  return {label: "async (2)", mode: "async", length_us: 900, busy_us: 7, names: ["a", "b"],
          errors: ["http"], works: ["socket ready"], spans: [1, 3, 0, 0],
          transfers: transfers.flat()};
}

test("a transfer's steps follow from its phases", () => {
  const run = readRun(raw([...PHASES, 7, 1, 200, 12, 1, 0]));
  const {begin, answer, served, read, resumed, done, end, url, file, error} = run.transfers[0];
  assert.deepEqual([begin, answer, served, read, resumed, done, end],
                   [110, 210, 214, 219, 222, 248, 250]);
  const {handed, computed, stored, onCore} = run.transfers[0];
  assert.deepEqual([handed, computed, stored, onCore], [221, 242, 244, .25]);
  assert.deepEqual([url, file, error], ["b", 1, null]);
  assert.deepEqual(run.spans, [{begin: 1, end: 3, blocked: false, name: "socket ready"}]);
});

test("workers become lanes, and a peak counts what overlaps", () => {
  const run = readRun(raw([...PHASES, 9, 1, 200, 12, 0, 0], [...PHASES, 7, 1, 503, 0, 1, 1]));
  assert.deepEqual(run.transfers.map((t) => [t.worker, t.lane]), [[7, 0], [9, 1]]);
  assert.equal(run.transfers[0].error, "http");
  assert.equal(peak(run), 2);
});

test("figures read as text", () => {
  assert.deepEqual([240, 2400, 24000, 2.4e6].map(duration),
                   ["0.24 ms", "2.4 ms", "24 ms", "2.40 s"]);
  assert.equal(count(12345), "12,345");
  assert.deepEqual([plural(1, "wait"), plural(2, "wait")], ["1 wait", "2 waits"]);
  assert.equal(quantile([1, 2, 3, 4], .5), 3);
});

test("what a file waited for when it was ready is told where that is known", () => {
  const long = [0, 0, 0, 0, 0, 10000, 0, 9000, 0, 3000, 2000, 4000, 3000, 2500, 0, 1, 1, 200, 12, 0, 0];
  assert.match(story(readRun({...raw(long), tells: true})),
               /a file was ready and waited 2\.0 ms for the loop, 5\.5 ms for the pool, and 4\.0 ms once it was stored, to be noticed\.$/
                 );
  assert.match(story(readRun(raw(long))), /ready and waited 9\.0 ms for somebody to come to it\.$/);
});

test("labels stand apart, in the order of what they name, and above the bottom", () => {
  assert.deepEqual(spreadOut([50, 10, 52, 51], 16, 200), [50, 10, 82, 66]);
  assert.deepEqual(spreadOut([98, 99], 16, 100), [84, 100]);
});
