import assert from "node:assert/strict";
import {readFileSync} from "node:fs";
import {test} from "node:test";

// The phases of the timeline, in each of the page's themes.
const PHASES = ["connecting", "server", "receiving", "amber", "pool", "computing", "storing", "report"];
const css = ["race.css", "below.css"].map((name) =>
  readFileSync(new URL(`../../src/compare/page/${name}`, import.meta.url), "utf8"));

function coloursOf(dark) {
  const found = {};
  for (const text of css) {
    const roots = [...text.matchAll(/:root \{([^}]*)\}/g)].slice(0, dark ? 2 : 1);
    for (const [, body] of roots)
      for (const [, name, value] of body.matchAll(/--([a-z-]+): (#[0-9a-f]{6})/g)) found[name] = value;
  }
  return found;
}

const linear = (v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
const rgbOf = (hex) => [1, 3, 5].map((i) => linear(parseInt(hex.slice(i, i + 2), 16) / 255));
const times = (matrix, v) => matrix.map((row) => row.reduce((sum, k, i) => sum + k * v[i], 0));

// What is seen without one kind of cones: Machado, Oliveira and Fernandes, 2009.
const EYES = {
  all: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[.152286, 1.052583, -.204868], [.114503, .786281, .099216], [-.003882, -.048116, 1.051998]],
  deuteranopia: [[.367322, .860646, -.227968], [.280085, .672501, .047413], [-.01182, .04294, .968881]],
};

// Oklab, where 0.02 is just seen.
function labOf(rgb) {
  const lms = times([[.4122214708, .5363325363, .0514459929], [.2119034982, .6806995451, .1073969566],
                     [.0883024619, .2817188376, .6299787005]], rgb).map((v) => Math.cbrt(Math.max(0, v)));
  return times([[.2104542553, .793617785, -.0040720468], [1.9779984951, -2.428592205, .4505937099],
                [.0259040371, .7827717662, -.808675766]], lms);
}

for (const dark of [false, true])
  for (const [eye, matrix] of Object.entries(EYES))
    test(`the phases differ, ${dark ? "dark" : "light"}, ${eye}`, () => {
      const colours = coloursOf(dark);
      const labs = PHASES.map((name) => labOf(times(matrix, rgbOf(colours[name]))));
      labs.forEach((a, i) => labs.slice(i + 1).forEach((b, k) => {
        const far = Math.hypot(...a.map((v, j) => v - b[j]));
        assert.ok(far > .09, `${PHASES[i]} and ${PHASES[i + 1 + k]}: ${far.toFixed(3)}`);
      }));
    });
