"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const PHASES = ["queued", "dns", "connect", "tls", "wait", "body", "ready", "work", "file"];
  const WAITS = ["dns", "connect", "tls", "wait"];
  const FIELDS = 18;            // numbers of a transfer
  const WAITING = 0, WORKING = 1, BLOCKED = 2, READY = 3;
  const LOOP_HEIGHT = 18, GUTTER = 72, AXIS = 18;

  function element(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {}))
      node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  function svg(tag, attributes, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes || {}))
      node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  function duration(us) {
    const ms = us / 1000;
    if (ms < 1) return ms.toFixed(2) + " ms";
    if (ms < 10) return ms.toFixed(1) + " ms";
    if (ms < 1000) return ms.toFixed(0) + " ms";
    return (ms / 1000).toFixed(ms < 100000 ? 2 : 0) + " s";
  }

  const count = (n) => n.toLocaleString("en");
  const plural = (n, word) => count(n) + " " + word + (n === 1 ? "" : "s");

  // A run as the page works with it: transfers in order of lane and time.
  function readRun(raw) {
    const transfers = [];
    for (let i = 0; i < raw.transfers.length; i += FIELDS) {
      const n = raw.transfers.slice(i, i + FIELDS);
      const t = {queuedAt: n[0], phases: {}, worker: n[12], attempt: n[13],
                 status: n[14], bytes: n[15], url: raw.names[n[16]],
                 error: n[17] ? raw.errors[n[17] - 1] : null};
      PHASES.forEach((phase, k) => { t.phases[phase] = n[1 + k]; });
      t.begin = t.queuedAt + t.phases.queued;
      t.waits = WAITS.reduce((sum, phase) => sum + t.phases[phase], 0);
      t.answer = t.begin + t.waits;
      t.served = t.answer + n[10];
      t.read = t.served + t.phases.body;
      t.resumed = t.read + Math.max(0, t.phases.ready - n[10] - n[11]);
      t.done = t.resumed + t.phases.work + t.phases.file;
      t.end = t.done + n[11];
      transfers.push(t);
    }
    const lanes = [...new Set(transfers.map((t) => t.worker))].sort((a, b) => a - b);
    const row = new Map(lanes.map((worker, i) => [worker, i]));
    for (const t of transfers) t.lane = row.get(t.worker);
    transfers.sort((a, b) => a.lane - b.lane || a.begin - b.begin);
    const spans = [];
    for (let i = 0; i < raw.spans.length; i += 4)
      spans.push({begin: raw.spans[i], end: raw.spans[i + 1],
                  state: raw.spans[i + 2] ? BLOCKED : WORKING,
                  name: raw.works[raw.spans[i + 3]]});
    return {label: raw.label, mode: raw.mode, length: raw.length_us || 1,
            busy: raw.busy_us, transfers, lanes: lanes.length, spans,
            blocks: raw.mode !== "async" && raw.mode !== ""};
  }

  const runs = data.runs.map(readRun);
  const longest = Math.max(1, ...runs.map((run) => run.length));

  function laneWord(run, lane) {
    const word = {threads: "thread", processes: "process",
                  async: "connection"}[run.mode] || "transfer";
    return word + " " + (lane + 1);
  }

  // What the picture shows, in a sentence.
  function story(run) {
    const n = run.transfers.length;
    if (n === 0) return "No transfer was made.";
    const waits = run.transfers.reduce((sum, t) => sum + t.waits, 0);
    const each = duration(waits / n);
    const ready = run.transfers.reduce((sum, t) => sum + t.phases.ready, 0);
    const late = ready > waits / 10 && ready / n > 1000
      ? ` An answer or a stored file lay there for ${duration(ready / n)} on average, while ` +
        "the loop was at work on other files."
      : "";
    const most = peak(run);
    if (run.mode === "sequential")
      return `One at a time: ${count(n)} waits of ${each}, one after the other. ` +
             "While it waits for one answer the loop is blocked, and asks for no other.";
    if (run.mode === "threads")
      return `${plural(most, "wait")} of ${each} at a time, each by a thread that is ` +
             "blocked meanwhile. The loop stays free.";
    if (run.mode === "processes")
      return `${plural(most, "wait")} of ${each} at a time, each by a process that is ` +
             "blocked meanwhile. Each must start first.";
    if (run.mode === "async")
      return `${plural(most, "wait")} of ${each} at a time, by one thread. Its loop works for ` +
             `${duration(run.busy)} in all, and sleeps while no answer is there. While it ` +
             "works it serves no other file." + late;
    return `${plural(most, "transfer")} at a time, ${each} of waiting each.` + late +
           (late ? " A report does not tell which part of that came before the work, a trace does." : "");
  }

  function peak(run) {
    const edges = [];
    for (const t of run.transfers) edges.push([t.begin, 1], [t.end, -1]);
    edges.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    let now = 0, most = 0;
    for (const [, step] of edges) most = Math.max(most, now += step);
    return most;
  }

  // ---- the timeline ------------------------------------------------------

  const colours = {};
  function readColours() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["ink", "soft", "line", "paper", "accent", "waiting",
                        "working", "blocked", "hatch", "ready"])
      colours[name] = style.getPropertyValue("--" + name).trim();
  }

  // Blocked is hatched and ready is dotted, so that neither needs its colour to
  // be told.
  function hatch(context) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = tile.getContext("2d");
    pen.fillStyle = colours.blocked;
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = colours.hatch;
    pen.lineWidth = 1.2;
    pen.beginPath();
    for (const x of [-8, 0, 8]) { pen.moveTo(x, 8); pen.lineTo(x + 8, 0); }
    pen.stroke();
    return context.createPattern(tile, "repeat");
  }

  function dots(context) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 4;
    const pen = tile.getContext("2d");
    pen.fillStyle = colours.waiting;
    pen.fillRect(0, 0, 4, 4);
    pen.fillStyle = colours.ready;
    pen.fillRect(0, 0, 2, 2);
    pen.fillRect(2, 2, 2, 2);
    return context.createPattern(tile, "repeat");
  }

  function fillOf(panel, state) {
    return state === WORKING ? colours.working
         : state === BLOCKED ? panel.hatch
         : state === READY ? panel.dots : colours.waiting;
  }

  const view = {common: true, panels: []};

  function windowOf(panel) {
    const whole = view.common ? longest : panel.run.length;
    return {from: panel.from * whole, to: panel.to * whole, whole};
  }

  function layout(panel) {
    const lanes = Math.max(1, panel.run.lanes);
    panel.laneHeight = Math.max(2, Math.min(14, Math.floor(300 / lanes)));
    panel.top = panel.run.spans.length ? LOOP_HEIGHT + 6 : 0;
    panel.shown = Math.min(lanes, Math.floor(600 / panel.laneHeight));
    panel.height = panel.top + panel.shown * panel.laneHeight + AXIS;
    const width = Math.max(240, panel.canvas.clientWidth || 300);
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    panel.width = width;
    panel.canvas.width = width * ratio;
    panel.canvas.height = panel.height * ratio;
    panel.canvas.style.height = panel.height + "px";
    panel.pen = panel.canvas.getContext("2d");
    panel.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    panel.hatch = hatch(panel.pen);
    panel.dots = dots(panel.pen);
  }

  function tick(span) {
    const raw = span / 6;
    const power = Math.pow(10, Math.floor(Math.log10(raw)));
    return [1, 2, 5, 10].map((k) => k * power).find((step) => step >= raw);
  }

  function drawAxis(panel, w, x) {
    const pen = panel.pen, bottom = panel.height - AXIS;
    pen.fillStyle = colours.soft;
    pen.strokeStyle = colours.line;
    pen.font = "11px system-ui, sans-serif";
    pen.textAlign = "center";
    const step = tick(w.to - w.from);
    for (let t = Math.ceil(w.from / step) * step; t <= w.to; t += step) {
      const at = Math.round(x(t)) + .5;
      pen.beginPath();
      pen.moveTo(at, 0);
      pen.lineTo(at, bottom);
      pen.stroke();
      if (at < panel.width - 18)
        pen.fillText(t === 0 ? "0" : duration(t), at, panel.height - 4);
    }
    pen.textAlign = "left";
    pen.fillStyle = colours.ink;
    if (panel.top) pen.fillText("loop", 2, 13);
    const word = panel.run.mode === "async" ? "connections"
               : laneWord(panel.run, 0).replace(/ 1$/, panel.run.lanes > 1 ? (panel.run.mode === "processes" ? "es" : "s") : "");
    if (panel.shown * panel.laneHeight >= 12)
      pen.fillText(word, 2, panel.top + 11);
  }

  function bar(panel, x, from, to, top, height, state) {
    const left = x(from), right = x(to);
    if (right < GUTTER || left > panel.width) return;
    panel.pen.fillStyle = fillOf(panel, state);
    const begin = Math.max(left, GUTTER);
    panel.pen.fillRect(begin, top, Math.max(right - begin, .6), height);
  }

  function drawLoop(panel, x) {
    bar(panel, x, 0, panel.run.length, 6, LOOP_HEIGHT - 12, WAITING);
    for (const span of panel.run.spans)
      bar(panel, x, span.begin, span.end, 0, LOOP_HEIGHT, span.state);
  }

  function drawTransfers(panel, x) {
    const wait = panel.run.blocks ? BLOCKED : WAITING;
    const gap = panel.laneHeight > 5 ? 1 : 0;
    for (const t of panel.run.transfers) {
      if (t.lane >= panel.shown) break;
      const top = panel.top + t.lane * panel.laneHeight;
      const height = panel.laneHeight - gap;
      bar(panel, x, t.begin, t.answer, top, height, wait);
      if (t.served > t.answer)
        bar(panel, x, t.answer, t.served, top, height, READY);
      bar(panel, x, t.served, t.read, top, height, WORKING);
      if (t.resumed > t.read)
        bar(panel, x, t.read, t.resumed, top, height, READY);
      bar(panel, x, t.resumed, t.done, top, height, WORKING);
      if (t.end > t.done)
        bar(panel, x, t.done, t.end, top, height, READY);
      // Neighbours in a lane are told apart by the edge of each.
      const left = x(t.begin);
      if (gap && left >= GUTTER && left < panel.width) {
        panel.pen.fillStyle = colours.paper;
        panel.pen.fillRect(left, top, 1, height);
      }
    }
  }

  function drawSelected(panel, x) {
    const t = panel.run.transfers[panel.selected];
    if (!t || t.lane >= panel.shown) return;
    const left = Math.max(x(t.begin), GUTTER);
    panel.pen.strokeStyle = colours.ink;
    panel.pen.lineWidth = 2;
    panel.pen.strokeRect(left - 1, panel.top + t.lane * panel.laneHeight - 1,
                         Math.max(x(t.end) - left, 2) + 2, panel.laneHeight + 1);
    panel.pen.lineWidth = 1;
  }

  function draw(panel) {
    const w = windowOf(panel);
    const scale = (panel.width - GUTTER) / (w.to - w.from);
    const x = (us) => GUTTER + (us - w.from) * scale;
    panel.pen.clearRect(0, 0, panel.width, panel.height);
    drawAxis(panel, w, x);
    if (panel.top) drawLoop(panel, x);
    drawTransfers(panel, x);
    drawSelected(panel, x);
  }

  function describe(panel, t) {
    const parts = PHASES.filter((phase) => t.phases[phase] > 0)
      .map((phase) => `${phase} ${duration(t.phases[phase])}`);
    const total = t.end - t.queuedAt;
    const outcome = t.error ? `failed: ${t.error}` : `status ${t.status}`;
    return `${t.url}: ${parts.join(", ")}; in all ${duration(total)}. ` +
           `Attempt ${t.attempt}, ${outcome}, ${plural(t.bytes, "byte")}, ` +
           `${laneWord(panel.run, t.lane)}, from ${duration(t.begin)}.`;
  }

  function select(panel, index) {
    if (index < 0 || index >= panel.run.transfers.length) return;
    panel.selected = index;
    panel.detail.textContent = describe(panel, panel.run.transfers[index]);
    panel.detail.classList.remove("hint");
    draw(panel);
  }

  function showSpan(panel, us) {
    const span = panel.run.spans.find((s) => s.begin <= us && us <= s.end);
    panel.detail.textContent = span
      ? `The loop ${span.state === BLOCKED ? "is blocked" : "works"}: ${span.name}, ` +
        `${duration(span.end - span.begin)}, from ${duration(span.begin)}.`
      : `At ${duration(us)} the loop waits: nothing is ready.`;
  }

  // What is under a point, or nearest to it in its lane.
  function point(panel, event) {
    const box = panel.canvas.getBoundingClientRect();
    const w = windowOf(panel);
    const us = w.from + (event.clientX - box.left - GUTTER) *
               (w.to - w.from) / (panel.width - GUTTER);
    const y = event.clientY - box.top;
    if (panel.top && y < panel.top) { showSpan(panel, us); return; }
    const lane = Math.floor((y - panel.top) / panel.laneHeight);
    const slack = (w.to - w.from) / panel.width * 3;
    const index = panel.run.transfers.findIndex(
      (t) => t.lane === lane && t.begin - slack <= us && us <= t.end + slack);
    if (index >= 0 && index !== panel.selected) select(panel, index);
  }

  function zoom(panel, factor, centre) {
    const size = Math.min(1, Math.max(1e-5, (panel.to - panel.from) * factor));
    const share = (centre - panel.from) / (panel.to - panel.from);
    panel.from = Math.min(1 - size, Math.max(0, centre - share * size));
    panel.to = panel.from + size;
    draw(panel);
  }

  function pan(panel, share) {
    const size = panel.to - panel.from;
    panel.from = Math.min(1 - size, Math.max(0, panel.from + share * size));
    panel.to = panel.from + size;
    draw(panel);
  }

  function centreOf(panel) {
    const t = panel.run.transfers[panel.selected];
    const whole = windowOf(panel).whole;
    const at = t ? (t.begin + t.end) / 2 / whole : NaN;
    return at >= panel.from && at <= panel.to ? at : (panel.from + panel.to) / 2;
  }

  function reset(panel) {
    panel.from = 0;
    panel.to = 1;
    draw(panel);
  }

  // The next transfer in the next lane that has one near in time.
  function selectLane(panel, step) {
    const t = panel.run.transfers[panel.selected] || panel.run.transfers[0];
    let best = -1, distance = Infinity;
    panel.run.transfers.forEach((other, i) => {
      if (other.lane === t.lane + step && Math.abs(other.begin - t.begin) < distance) {
        best = i;
        distance = Math.abs(other.begin - t.begin);
      }
    });
    select(panel, best);
  }

  function onKey(panel, event) {
    const at = panel.selected;
    const actions = {
      ArrowRight: () => event.shiftKey ? pan(panel, .2) : select(panel, at + 1),
      ArrowLeft: () => event.shiftKey ? pan(panel, -.2) : select(panel, Math.max(0, at - 1)),
      ArrowDown: () => selectLane(panel, 1),
      ArrowUp: () => selectLane(panel, -1),
      Home: () => select(panel, 0),
      End: () => select(panel, panel.run.transfers.length - 1),
      "+": () => zoom(panel, .5, centreOf(panel)),
      "=": () => zoom(panel, .5, centreOf(panel)),
      "-": () => zoom(panel, 2, centreOf(panel)),
      "0": () => reset(panel),
    };
    if (!actions[event.key] || event.ctrlKey || event.metaKey) return;
    actions[event.key]();
    event.preventDefault();
  }

  function listen(panel) {
    const canvas = panel.canvas;
    let drag = null;
    canvas.addEventListener("pointermove", (event) => {
      if (!drag) { point(panel, event); return; }
      const moved = event.clientX - drag.x;
      const size = panel.to - panel.from;
      const from = drag.from - moved / (panel.width - GUTTER) * size;
      panel.from = Math.min(1 - size, Math.max(0, from));
      panel.to = panel.from + size;
      draw(panel);
    });
    canvas.addEventListener("pointerdown", (event) => {
      point(panel, event);
      if (panel.to - panel.from < 1 && event.pointerType === "mouse") {
        drag = {x: event.clientX, from: panel.from};
        canvas.setPointerCapture(event.pointerId);
      }
    });
    canvas.addEventListener("pointerup", () => { drag = null; });
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.shiftKey) return;
      const box = canvas.getBoundingClientRect();
      const share = (event.clientX - box.left - GUTTER) / (panel.width - GUTTER);
      const centre = panel.from + Math.max(0, share) * (panel.to - panel.from);
      zoom(panel, (event.deltaY || event.deltaX) > 0 ? 1.25 : .8, centre);
      event.preventDefault();
    }, {passive: false});
    canvas.addEventListener("keydown", (event) => onKey(panel, event));
    canvas.addEventListener("focus", () => {
      if (panel.selected < 0 && canvas.matches(":focus-visible")) select(panel, 0);
    });
  }

  function makePanel(run, place) {
    const canvas = element("canvas", {tabindex: "0", role: "img",
      "aria-label": `Timeline of ${run.label}. ${story(run)} Arrow keys go through the transfers.`});
    const detail = element("p", {class: "detail soft hint", "aria-live": "polite"},
      "Point at a bar, or press Tab and the arrow keys, for a transfer's phases.");
    place.append(element("section", {class: "panel", "data-mode": run.mode},
      element("div", {class: "head"}, element("h3", {}, run.label),
              element("span", {class: "time"}, duration(run.length))),
      element("p", {}, story(run)), canvas, detail));
    const panel = {run, canvas, detail, from: 0, to: 1, selected: -1};
    view.panels.push(panel);
    listen(panel);
    return panel;
  }

  function button(text, label, action) {
    const node = element("button", {type: "button", "aria-label": label}, text);
    node.addEventListener("click", () => view.panels.forEach(action));
    return node;
  }

  function makeControls() {
    const box = element("input", {type: "checkbox", id: "common"});
    box.checked = view.common;
    box.addEventListener("change", () => {
      view.common = box.checked;
      view.panels.forEach(reset);
    });
    return element("div", {class: "controls"},
      element("label", {}, box, "one time axis for all"),
      button("+", "zoom in", (panel) => zoom(panel, .5, centreOf(panel))),
      button("−", "zoom out", (panel) => zoom(panel, 2, centreOf(panel))),
      button("←", "earlier", (panel) => pan(panel, -.3)),
      button("→", "later", (panel) => pan(panel, .3)),
      button("whole", "the whole run", reset));
  }

  const LEGEND = [
    [WAITING, "waiting, and nothing stands still for it"],
    [BLOCKED, "blocked: a thread, a process or the loop stands still until the server answers"],
    [READY, "ready: what it waited for is there, and the loop has not come to it yet"],
    [WORKING, "working: receiving, storing, or a callback of the loop"],
  ];

  function drawLegend() {
    document.querySelectorAll(".legend canvas").forEach((canvas, i) => {
      canvas.width = 32;
      canvas.height = 16;
      const pen = canvas.getContext("2d");
      pen.fillStyle = fillOf({hatch: hatch(pen), dots: dots(pen)}, LEGEND[i][0]);
      pen.fillRect(0, 0, 32, 16);
    });
  }

  function timeline(place) {
    place.append(makeControls(),
      element("ul", {class: "legend"}, ...LEGEND.map(([, text]) =>
        element("li", {}, element("canvas", {"aria-hidden": "true"}), text))),
      element("p", {class: "hint"}, "Shift or Ctrl with the wheel zooms, dragging moves. " +
        "Keys: arrows go through the transfers, + − 0 zoom, Shift+arrows move."));
    runs.forEach((run) => makePanel(run, place));
  }

  function drawAll() {
    readColours();
    drawLegend();
    for (const panel of view.panels) { layout(panel); draw(panel); }
  }

  // ---- figures -----------------------------------------------------------

  function quantile(sorted, q) {
    return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] || 0;
  }

  function distribution(place) {
    const all = runs.flatMap((run) => run.transfers.map((t) => t.end - t.begin));
    const low = Math.log(Math.max(100, all.reduce((a, b) => Math.min(a, b), Infinity)));
    const high = Math.log(Math.max(200, all.reduce((a, b) => Math.max(a, b), 0)) * 1.02);
    const BINS = 40, W = 320, H = 110;
    const grid = element("div", {class: "small"});
    for (const run of runs) {
      const times = run.transfers.map((t) => t.end - t.begin).sort((a, b) => a - b);
      if (times.length === 0) continue;
      const bins = new Array(BINS).fill(0);
      for (const t of times)
        bins[Math.max(0, Math.min(BINS - 1,
          Math.floor((Math.log(Math.max(t, 100)) - low) / (high - low) * BINS)))]++;
      const most = Math.max(...bins);
      const text = `${run.label}: half took at most ${duration(quantile(times, .5))}, ` +
        `99 of 100 at most ${duration(quantile(times, .99))}, the longest ` +
        `${duration(times[times.length - 1])}.`;
      const picture = svg("svg", {viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": text});
      bins.forEach((n, i) => picture.append(svg("rect", {class: "bar",
        x: i * W / BINS + .5, width: W / BINS - 1, y: H - 18 - n / most * (H - 26),
        height: n / most * (H - 26)})));
      picture.append(svg("line", {class: "axis", x1: 0, x2: W, y1: H - 17.5, y2: H - 17.5}),
        svg("text", {x: 0, y: H - 4}, duration(Math.exp(low))),
        svg("text", {x: W, y: H - 4, "text-anchor": "end"}, duration(Math.exp(high))));
      grid.append(element("section", {class: "panel"}, element("h3", {}, run.label), picture,
        element("p", {class: "soft"}, text.slice(run.label.length + 2))));
    }
    place.append(grid);
  }

  function errors(place) {
    const rows = [];
    for (const run of runs) {
      const causes = new Map();
      for (const t of run.transfers)
        if (t.error) causes.set(t.error, (causes.get(t.error) || 0) + 1);
      for (const [cause, n] of [...causes].sort((a, b) => b[1] - a[1]))
        rows.push({run, cause, n});
    }
    if (rows.length === 0) {
      place.append(element("p", {}, "No attempt failed."));
      return;
    }
    const most = Math.max(...rows.map((row) => row.n));
    const table = element("table", {}, element("thead", {}, element("tr", {},
      element("th", {}, "Run"), element("th", {}, "Cause"), element("th", {}, "Attempts"),
      element("th", {}, ""))));
    const body = element("tbody");
    for (const {run, cause, n} of rows)
      body.append(element("tr", {}, element("td", {}, run.label), element("td", {}, cause),
        element("td", {}, count(n)), element("td", {style: "width:40%"},
          svg("svg", {viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true",
                      style: "height:.8rem"},
            svg("rect", {class: "bar", x: 0, y: 0, width: 100 * n / most, height: 8})))));
    table.append(body);
    place.append(element("div", {class: "wide"}, table));
  }

  // ---- the sweep ---------------------------------------------------------

  const MARKS = [
    (x, y) => svg("circle", {cx: x, cy: y, r: 4}),
    (x, y) => svg("rect", {x: x - 4, y: y - 4, width: 8, height: 8}),
    (x, y) => svg("path", {d: `M${x} ${y - 5}L${x + 5} ${y + 4}H${x - 5}Z`}),
    (x, y) => svg("path", {d: `M${x} ${y - 5}L${x + 5} ${y}L${x} ${y + 5}L${x - 5} ${y}Z`}),
  ];
  const LINES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

  function sweep(place) {
    const W = 640, H = 320, L = 68, R = 96, T = 12, B = 40;
    const points = data.sweep.filter((p) => p.failed === 0);
    const modes = [...new Set(points.map((p) => p.mode))];
    const workers = [...new Set(points.map((p) => p.workers))].sort((a, b) => a - b);
    const seconds = points.map((p) => p.seconds);
    const lx = [Math.log(workers[0]), Math.log(Math.max(workers[workers.length - 1], workers[0] + 1))];
    const ly = [Math.log(Math.min(...seconds) * .9), Math.log(Math.max(...seconds) * 1.1)];
    const x = (n) => L + (Math.log(n) - lx[0]) / (lx[1] - lx[0]) * (W - L - R);
    const y = (s) => T + (ly[1] - Math.log(s)) / (ly[1] - ly[0]) * (H - T - B);
    const best = [];
    const picture = svg("svg", {viewBox: `0 0 ${W} ${H}`, role: "img"});
    for (const n of workers)
      picture.append(svg("line", {class: "axis", x1: x(n), x2: x(n), y1: T, y2: H - B}),
        svg("text", {x: x(n), y: H - B + 16, "text-anchor": "middle"}, String(n)));
    for (let e = Math.floor(ly[0] / Math.LN10); e <= ly[1] / Math.LN10; e++)
      for (const k of [1, 2, 5]) {
        const s = k * Math.pow(10, e);
        if (Math.log(s) < ly[0] || Math.log(s) > ly[1]) continue;
        picture.append(svg("line", {class: "axis", x1: L, x2: W - R, y1: y(s), y2: y(s)}),
          svg("text", {x: L - 14, y: y(s) + 4, "text-anchor": "end"}, duration(s * 1e6)));
      }
    picture.append(svg("text", {x: (L + W - R) / 2, y: H - 6, "text-anchor": "middle"}, "files at a time"));
    let labelled = [];
    modes.forEach((mode, i) => {
      const own = points.filter((p) => p.mode === mode).sort((a, b) => a.workers - b.workers);
      const top = own.find((p) => p.best);
      if (top) best.push(`${mode}: ${top.workers} (${duration(top.seconds * 1e6)})`);
      const group = svg("g", {fill: LINES[i % 4], stroke: LINES[i % 4]});
      group.append(svg("polyline", {fill: "none", "stroke-width": 2,
        points: own.map((p) => `${x(p.workers)},${y(p.seconds)}`).join(" ")}));
      for (const p of own) group.append(MARKS[i % 4](x(p.workers), y(p.seconds)));
      if (top)
        group.append(svg("circle", {cx: x(top.workers), cy: y(top.seconds), r: 9, fill: "none",
                                    "stroke-width": 2}));
      const last = own[own.length - 1];
      let at = y(last.seconds) + 4;
      while (labelled.some((other) => Math.abs(other - at) < 13)) at -= 13;
      labelled.push(at);
      picture.append(group, svg("text", {x: x(last.workers) + 12, y: at}, mode));
    });
    const text = best.length === 0 ? "No row fetched all its files." :
      "The fewest at a time that are as fast as the fastest, ringed: " + best.join("; ") + ".";
    picture.setAttribute("aria-label", "Time over the number of files at a time. " + text);
    place.append(element("div", {class: "wide curve", tabindex: "0"}, picture),
      element("p", {}, text));
  }

  // A table for runs that came without one.
  function table(place) {
    const body = element("tbody");
    for (const run of runs) {
      const times = run.transfers.map((t) => t.end - t.begin).sort((a, b) => a - b);
      const bad = run.transfers.filter((t) => t.error).length;
      body.append(element("tr", {}, ...[run.label, count(times.length), count(bad),
        duration(run.length), duration(quantile(times, .5)), duration(quantile(times, .99)),
        count(peak(run))].map((cell) => element("td", {}, cell))));
    }
    place.append(element("div", {class: "wide"}, element("table", {},
      element("thead", {}, element("tr", {}, ...["Run", "Attempts", "Failed", "Time",
        "Median", "99 %", "At a time"].map((cell) => element("th", {}, cell)))), body)));
  }

  function fill(id, wanted, make) {
    const place = document.getElementById(id);
    if (wanted) make(place);
    else place.closest("section").remove();
  }

  fill("table", !document.querySelector("table.rows") && runs.length, table);
  fill("timeline", runs.length, timeline);
  fill("distribution", runs.length, distribution);
  fill("errors", runs.length, errors);
  fill("sweep", data.sweep.some((p) => p.failed === 0), sweep);
  drawAll();
  window.addEventListener("resize", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  // The paper's width and colours hold only once the medium has changed, and
  // not every browser tells of that.
  matchMedia("print").addEventListener("change", drawAll);
  window.addEventListener("beforeprint", drawAll);
  window.addEventListener("afterprint", drawAll);
  document.documentElement.dataset.ready = "yes";
})();
