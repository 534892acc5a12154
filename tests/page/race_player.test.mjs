import assert from "node:assert/strict";
import {test} from "node:test";
import {STEP_US, advance, freeze, isFrozen, makePlayer, playAt, replay, seek, setSlow, stepBy, toggle}
  from "../../src/compare/page/race_player.mjs";

const newPlayer = () => makePlayer({realEnd: 10e6, slowEnd: 150000, slower: 25});

test("it plays in real time, rests, and then slowly to a picture that stands", () => {
  const player = newPlayer();
  replay(player);
  advance(player, 4000);
  assert.equal(player.us, 4e6);
  advance(player, 7000);
  assert.equal(player.us, 10e6);
  assert.ok(player.playing);
  advance(player, 1000);
  assert.equal(player.slow, false);
  advance(player, 1000);
  assert.deepEqual([player.slow, player.us, player.playing], [true, 0, true]);
  advance(player, 2500);
  assert.equal(player.us, 100000);
  assert.ok(!isFrozen(player));
  advance(player, 2500);
  assert.deepEqual([player.us, player.playing], [150000, false]);
  assert.ok(isFrozen(player));
});

test("a pause holds the time, also in the rest", () => {
  const player = newPlayer();
  replay(player);
  advance(player, 1000);
  toggle(player);
  advance(player, 1000);
  assert.equal(player.us, 1e6);
  toggle(player);
  advance(player, 9000);
  toggle(player);
  advance(player, 9000);
  assert.equal(player.slow, false);
  toggle(player);
  advance(player, 9000);
  assert.equal(player.slow, true);
});

test("a step is 10 ms, stops the clock, and stays within the race", () => {
  const player = newPlayer();
  assert.equal(STEP_US, 10000);
  replay(player);
  stepBy(player, 3);
  assert.deepEqual([player.us, player.playing], [30000, false]);
  stepBy(player, -9);
  assert.equal(player.us, 0);
  setSlow(player, true);
  stepBy(player, 999);
  assert.equal(player.us, 150000);
});

test("the frozen end plays again from the beginning, in real time", () => {
  const player = newPlayer();
  freeze(player);
  assert.ok(isFrozen(player));
  toggle(player);
  assert.deepEqual([player.slow, player.us, player.playing], [false, 0, true]);
});

test("seeking goes no further than the slow motion does", () => {
  const player = newPlayer();
  seek(player, 5e6);
  assert.equal(player.us, 5e6);
  setSlow(player, true);
  seek(player, 5e6);
  assert.equal(player.us, 150000);
});

test("replay keeps the speed that was chosen", () => {
  const player = makePlayer({realEnd: 1e6, slowEnd: 15e4, slower: 25});
  replay(player);
  assert.equal(player.slow, false);
  playAt(player, true);
  advance(player, 1e6);
  replay(player);
  assert.deepEqual([player.slow, player.us, player.playing], [true, 0, true]);
  playAt(player, false);
  replay(player);
  assert.equal(player.slow, false);
});
