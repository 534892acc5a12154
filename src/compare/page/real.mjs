// A real run: hosts that can be sorted, and what a moment of the run was like.

import {element} from "./dom.mjs";
import {count, duration} from "./format.mjs";

// The order of rows by one of their columns; the row of all others stays last.
export function order(rows, column, descending) {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    if (a.rest !== b.rest) return a.rest ? 1 : -1;
    const x = a.keys[column], y = b.keys[column];
    return x === y ? 0 : sign * (x < y ? -1 : 1);
  });
}

function keysOf(row) {
  return {row, rest: row.classList.contains("rest"), keys: [...row.cells].map((cell) =>
    cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v))};
}

function sortBy(table, column, descending) {
  const body = table.tBodies[0];
  for (const {row} of order([...body.rows].map(keysOf), column, descending)) body.append(row);
  [...table.tHead.rows[0].cells].forEach((head, i) => {
    if (i === column) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((head, i) => {
    const button = element("button", {type: "button"}, head.textContent);
    // Names rise at first, numbers fall: the largest is looked for.
    button.addEventListener("click", () => sortBy(table, i,
      head.hasAttribute("aria-sort") ? head.getAttribute("aria-sort") === "ascending" : i > 0));
    head.replaceChildren(button);
  });
}

export function bytesText(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (bytes >= 999.5 && unit < 4) { bytes /= 1000; unit++; }
  return (bytes < 9.95 && unit ? bytes.toFixed(1) : bytes.toFixed(0)) + " " + units[unit];
}

const numbers = (text) => (text ? text.split(" ").map(Number) : []);

// What the steps of a run are told from.
export function readRates(data) {
  return {width: Number(data.width), files: numbers(data.files), results: numbers(data.results),
          bytes: numbers(data.bytes), busy: numbers(data.busy)};
}

// A moment of the run, in words.
export function moment(rates, step) {
  const seconds = rates.width / 1e6;
  const failed = rates.results[step] - rates.files[step];
  const rate = rates.files[step] / seconds;
  return `${duration(step * rates.width)} to ${duration((step + 1) * rates.width)}: ` +
    `${rate < 9.95 ? rate.toFixed(1) : count(Math.round(rate))} files a second` +
    (failed ? `, ${count(failed)} failed` : "") +
    `, ${bytesText(rates.bytes[step] / seconds)} a second, ` +
    `${(rates.busy[step] / rates.width).toFixed(1)} transfers under way.`;
}

function watch(section) {
  const rates = readRates(section.dataset);
  const last = rates.files.length - 1;
  const bands = section.querySelector(".bands");
  const cursor = element("div", {class: "cursor", hidden: ""});
  const tell = element("p", {class: "detail soft", "aria-live": "polite"},
    "Point at a moment, or press Tab and the arrow keys.");
  let at = 0;
  function show(step) {
    at = Math.max(0, Math.min(last, step));
    cursor.hidden = false;
    cursor.style.left = `${(at + .5) / (last + 1) * 100}%`;
    tell.textContent = moment(rates, at);
  }
  bands.append(cursor);
  section.append(tell);
  bands.tabIndex = 0;
  bands.setAttribute("role", "group");
  bands.setAttribute("aria-label", "The run over time. Arrow keys go through its moments.");
  bands.addEventListener("pointermove", (event) => {
    const box = bands.getBoundingClientRect();
    show(Math.floor((event.clientX - box.left) / box.width * (last + 1)));
  });
  bands.addEventListener("keydown", (event) => {
    const steps = {ArrowRight: at + 1, ArrowLeft: at - 1, PageDown: at + 10, PageUp: at - 10,
                   Home: 0, End: last};
    if (!(event.key in steps) || event.ctrlKey || event.metaKey) return;
    show(cursor.hidden ? 0 : steps[event.key]);
    event.preventDefault();
  });
}

export function startReal() {
  document.querySelectorAll("table.hosts").forEach(makeSortable);
  document.querySelectorAll(".rates").forEach(watch);
}
