// The first screen: races that play, and what starts and stops them.

import {element} from "./dom.mjs";
import {STEP_US, advance, endOf, freeze, isFrozen, makePlayer} from "./race_player.mjs";
import {playAt, replay, seek, setSlow, stepBy, toggle} from "./race_player.mjs";
import {drawRace, readView, seconds} from "./race_view.mjs";

const BEGIN_MS = 1000;      // after the race has come into view
const FRAME_MS = 100;       // a longer frame, as of a hidden tab, counts as this

const show = {races: [], at: 0, frame: 0, last: 0, untouched: true};

function readRace(section, runs) {
  const view = readView(section, runs);
  const player = makePlayer({
    realEnd: Math.max(...view.lanes.map((lane) => lane.us)),
    slowEnd: Number(section.dataset.end),
    slower: Number(section.dataset.slower),
  });
  return {section, view, player, label: section.dataset.label, work: Number(section.dataset.work)};
}

const current = () => show.races[show.at];

function drawCurrent() {
  const {view, player} = current();
  drawRace(view, player.us, {slow: player.slow, slower: player.slower,
                             frozen: isFrozen(player)});
  drawControls(player);
}

function onFrame(now) {
  const {player} = current();
  const ms = show.last ? Math.min(FRAME_MS, now - show.last) : 0;
  show.last = now;
  advance(player, ms);
  drawCurrent();
  if (!player.playing && isFrozen(player)) tellEnd();
  show.frame = player.playing ? requestAnimationFrame(onFrame) : 0;
}

// Draws, and goes on for as long as the player plays.
function run() {
  cancelAnimationFrame(show.frame);
  show.last = 0;
  show.frame = current().player.playing ? requestAnimationFrame(onFrame) : 0;
  drawCurrent();
}

// What somebody does, so that nothing starts by itself any more.
function act(change) {
  show.untouched = false;
  change(current().player);
  run();
}

// For those who hear the page: the sentences of the last picture.
function tellEnd() {
  const {view} = current();
  controls.told.textContent = view.lanes.map((lane) =>
    `${lane.node.querySelector("h2").textContent}: ${seconds(lane.us, 2)}. ${lane.sentence}`).join(" ");
}

// ---- controls --------------------------------------------------------------

const controls = {};

function raceButton(text, action, attributes = {}) {
  const node = element("button", {type: "button", ...attributes}, text);
  node.addEventListener("click", action);
  return node;
}

function pair(label, buttons) {
  return element("div", {class: "pair", role: "group", "aria-label": label}, ...buttons);
}

function makeSwitch() {
  controls.parts = show.races.map((race, i) => raceButton(race.label, () => choose(i)));
  return pair("what is done with each picture", controls.parts);
}

function makePlayControls() {
  controls.play = raceButton("Play", () => act(toggle), {class: "play"});
  controls.replay = raceButton("Replay", () => act(replay));
  controls.speeds = [
    raceButton("real time", () => act((player) => playAt(player, false))),
    raceButton("", () => act((player) => playAt(player, true))),
  ];
  controls.time = element("input", {type: "range", min: 0, step: STEP_US,
                                    "aria-label": "time since the start"});
  controls.time.addEventListener("input", () =>
    act((player) => seek(player, Number(controls.time.value))));
  controls.told = element("p", {class: "told", role: "status"});
  return element("div", {class: "play-controls"}, controls.play, controls.replay,
                 pair("speed", controls.speeds), controls.time, controls.told);
}

function press(node, on) {
  node.setAttribute("aria-pressed", String(on));
}

function drawControls(player) {
  const {play, speeds, time} = controls;
  const word = player.playing ? "Pause" : "Play";
  if (play.textContent !== word) play.textContent = word;
  speeds[1].textContent = `${player.slower} × slower`;
  press(speeds[0], !player.slow);
  press(speeds[1], player.slow);
  controls.parts.forEach((node, i) => press(node, i === show.at));
  // A slider stops only at its steps: the last is at the end, or after it.
  time.max = Math.ceil(endOf(player) / STEP_US) * STEP_US;
  time.value = player.us;
  time.setAttribute("aria-valuetext", seconds(player.us, 3));
}

function placeControls() {
  const {section} = current();
  show.races.forEach((race) => { race.section.hidden = race !== current(); });
  if (show.races.length > 1) section.querySelector(".top").append(controls.switch);
  section.querySelector(".lanes").after(controls.bar);
}

// Shows another race, from its beginning.
function choose(at) {
  const focused = document.activeElement;
  const {chosen} = current().player;
  current().player.playing = false;
  show.at = at;
  current().player.chosen = chosen;
  placeControls();
  if (controls.switch.contains(focused)) focused.focus();
  act(isStill() ? freeze : replay);
}

function linkSwitch() {
  const place = document.querySelector(".to-computing");
  const at = show.races.findIndex((race) => race.work > 0);
  if (!place || at < 0) return;
  place.replaceChildren(raceButton("Switch it on.", () => choose(at), {class: "link"}));
}

// ---- keys, and the beginning -----------------------------------------------

const KEYS = {
  " ": toggle,
  ArrowRight: (player) => stepBy(player, 1),
  ArrowLeft: (player) => stepBy(player, -1),
  Home: (player) => seek(player, 0),
  End: (player) => seek(player, endOf(player)),
  r: replay,
  s: (player) => playAt(player, !player.slow),
};

// A slider moves by these without our help; a button is pressed by the space.
const SLIDER_KEYS = ["ArrowRight", "ArrowLeft", "Home", "End"];

function isInView() {
  const box = current().section.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight;
}

function onRaceKey(event) {
  const change = KEYS[event.key];
  const elsewhere = event.target !== document.body && !event.target.closest(".race");
  const own = event.target.closest("input") ? SLIDER_KEYS
    : event.target.closest("button") ? [" "] : [];
  if (!change || elsewhere || !isInView() || event.ctrlKey || event.metaKey || event.altKey)
    return;
  if (own.includes(event.key)) return;
  act(change);
  event.preventDefault();
}

const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Once it has been in view for a moment.
function beginWhenSeen() {
  let timer = 0;
  const look = () => {
    clearTimeout(timer);
    if (show.untouched && document.visibilityState === "visible" && isInView())
      timer = setTimeout(() => { if (show.untouched) act(replay); }, BEGIN_MS);
  };
  document.addEventListener("visibilitychange", look);
  document.addEventListener("scroll", look);
  look();
}

function freezeForPrint() {
  for (const {section, view, player} of show.races) {
    section.hidden = false;
    freeze(player);
    drawRace(view, player.us, {slow: true, slower: player.slower, frozen: true});
  }
}

function onPrint(event) {
  if (event.matches) {
    freezeForPrint();
  } else {
    placeControls();
    run();
  }
}

export function startRaces(runs) {
  show.races = [...document.querySelectorAll(".race")].map((node) => readRace(node, runs));
  if (show.races.length === 0) return;
  controls.switch = makeSwitch();
  controls.bar = makePlayControls();
  placeControls();
  linkSwitch();
  document.addEventListener("keydown", onRaceKey);
  matchMedia("print").addEventListener("change", onPrint);
  if (isStill()) freeze(current().player);
  else if (location.hash !== "#paused") beginWhenSeen();
  run();
}
