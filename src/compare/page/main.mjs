// Puts the page together.

import {distribution, errors} from "./figures.mjs";
import {drawAll, linkToWay, timeline} from "./timeline.mjs";
import {readRun} from "./run.mjs";
import {startRaces} from "./race.mjs";
import {startReal} from "./real.mjs";
import {sweep} from "./sweep.mjs";
import {tellMore, whatIf} from "./whatif.mjs";

const data = JSON.parse(document.getElementById("data").textContent);
const runs = data.runs.map(readRun);
const parts = data.parts || [];
for (const [at, part] of parts.entries())
  part.rows.forEach((row, i) => Object.assign(runs[part.first + i], {title: row.name, part: at, pool: row.pool,
    helpers: row.blocks ? 0 : Math.max(0, row.threads - row.fetching)}));

function put(id, wanted, make, from) {
  const place = document.getElementById(id);
  if (!place) return;
  if (wanted) make(place, from);
  else place.closest("section").remove();
}

// The name of a way leads to its timeline, in the race and in the table.
function linkWays() {
  for (const lane of document.querySelectorAll(".lane"))
    linkToWay(lane.querySelector("h2").firstChild, Number(lane.dataset.run));
  document.querySelectorAll(".part").forEach((section, at) =>
    section.querySelectorAll("tr.row th").forEach((name, i) => linkToWay(name.firstChild, parts[at].first + i)));
}

put("what-if", parts.some((part) => part.work === 0 && part.rows.some((row) => row.sound)), whatIf, parts);
tellMore(parts);
put("timeline", runs.length, timeline, {runs, parts});
put("distribution", runs.some((run) => run.transfers.length) && !runs.some((run) => run.leftOut),
    (place) => distribution(place, runs, parts));
put("errors", runs.length, errors, runs);
put("sweep", data.sweep.some((p) => p.failed === 0), sweep, data.sweep);
for (const link of document.querySelectorAll(".contents a"))
  if (!document.querySelector(link.hash)) link.remove();
linkWays();
drawAll();
startRaces(runs);
startReal();
window.addEventListener("resize", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
// The paper's width and colours hold only once the medium has changed, and
// not every browser tells of that.
matchMedia("print").addEventListener("change", drawAll);
window.addEventListener("beforeprint", drawAll);
window.addEventListener("afterprint", drawAll);
document.documentElement.dataset.ready = "yes";
