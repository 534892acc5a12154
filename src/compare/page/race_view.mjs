// The picture of a race: the squares that haul drew, with other classes.

import {count} from "./format.mjs";
import {isOver, momentOf, timesOf, wordsOf} from "./race_times.mjs";

function readLane(node, runs) {
  const run = runs[Number(node.dataset.run)];
  return {
    node,
    us: Number(node.dataset.us),
    atOnce: Number(node.dataset.atOnce),
    speedup: Number(node.dataset.speedup),
    times: timesOf(run, node.dataset.workers),
    cells: [...node.querySelectorAll(".cells rect")],
    squares: [...node.querySelectorAll(".workers rect")],
    number: node.querySelector(".count b"),
    rest: node.querySelector(".count span"),
    atEnd: node.querySelector(".count span").textContent,
    state: node.querySelector(".state"),
    say: node.querySelector(".say"),
    sentence: node.querySelector(".say").textContent,
    place: node.dataset.place,
  };
}

export function readView(section, runs) {
  const lanes = [...section.querySelectorAll(".lane")].map((node) => readLane(node, runs));
  return {section, lanes, cores: Number(section.dataset.cores),
          clock: section.querySelector(".clock b"), pace: section.querySelector(".clock span")};
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setStates(rects, states) {
  rects.forEach((rect, i) => {
    if (rect.getAttribute("class") !== states[i]) rect.setAttribute("class", states[i]);
  });
}

export function seconds(us, digits) {
  return (us / 1e6).toFixed(digits) + " s";
}

// Who was first, once all are done; and of a lane that is not done when all
// others are, that it is not.
function sayInRealTime(lane, done, left) {
  if (left === 0) return lane.place;
  if (done || left > 1) return "";
  return lane.atOnce === 1 ? "Still waiting, one at a time."
                           : `Still waiting, ${count(lane.atOnce)} at a time.`;
}

// Beside the number: of how many, or how much faster than the slowest way.
function restOf(lane, moment, done, frozen) {
  if (done) return lane.speedup > 1 ? ` speed-up ${lane.speedup.toFixed(1)} ×` : "";
  return frozen ? lane.atEnd : ` of ${count(moment.total)} here`;
}

function drawLane(lane, moment, cores, {done, frozen, left}) {
  setStates(lane.cells, moment.cells);
  setStates(lane.squares, moment.squares);
  setText(lane.state, wordsOf(moment, cores));
  setText(lane.number, done ? seconds(lane.us, 2) + " ✓" : count(moment.files.h || 0));
  setText(lane.rest, restOf(lane, moment, done, frozen));
  setText(lane.say, frozen ? lane.sentence : sayInRealTime(lane, done, left));
  lane.node.classList.toggle("done", done);
}

// frozen: the slow motion has come to its end.
export function drawRace(view, us, {slow, slower, frozen}) {
  const moments = view.lanes.map((lane) => momentOf(lane.times, us));
  const done = view.lanes.map((lane, i) => us >= lane.us && isOver(moments[i]));
  const undone = done.filter((is) => !is).length;
  const left = undone === view.lanes.length ? Infinity : undone;
  view.lanes.forEach((lane, i) =>
    drawLane(lane, moments[i], view.cores, {done: done[i], frozen, left}));
  setText(view.clock, seconds(us, slow ? 3 : 2));
  setText(view.pace, slow ? `${slower} × slower` : "real time");
}
