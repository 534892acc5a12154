// The clock of a race: the whole race in real time, a rest, and then its
// beginning once more in slow motion. Times of the race are in µs.

export const STEP_US = 10000;
const REST_MS = 2000;

// script: {realEnd, slowEnd, slower}
export function makePlayer(script) {
  return {...script, us: 0, slow: false, chosen: false, playing: false, restMs: 0};
}

export function endOf(player) {
  return player.slow ? player.slowEnd : player.realEnd;
}

// The last picture of the show, beside which the sentences stand.
export function isFrozen(player) {
  return player.slow && player.us >= player.slowEnd;
}

export function seek(player, us) {
  player.us = Math.min(endOf(player), Math.max(0, us));
  player.playing = false;
  player.restMs = 0;
}

export function stepBy(player, steps) {
  seek(player, player.us + steps * STEP_US);
}

// Goes to the beginning of the slow motion, or of the whole race.
export function setSlow(player, slow) {
  player.slow = slow;
  seek(player, 0);
}

export function freeze(player) {
  setSlow(player, true);
  seek(player, player.slowEnd);
}

// Plays at a speed that the spectator has chosen: replay keeps it.
export function playAt(player, slow) {
  player.chosen = slow;
  setSlow(player, slow);
  player.playing = true;
}

// From the beginning: in slow motion only where that was chosen.
export function replay(player) {
  setSlow(player, player.chosen);
  player.playing = true;
}

export function toggle(player) {
  if (player.playing) player.playing = false;
  else if (isFrozen(player)) replay(player);
  else player.playing = true;
}

function reachEnd(player) {
  player.us = endOf(player);
  if (player.slow) player.playing = false;
  else player.restMs = REST_MS;
}

// ms of the spectator's time have passed.
export function advance(player, ms) {
  if (!player.playing) return;
  if (!player.slow && player.us >= player.realEnd) {
    if (player.restMs > ms) {
      player.restMs -= ms;
    } else {
      setSlow(player, true);
      player.playing = true;
    }
    return;
  }
  player.us += ms * 1000 / (player.slow ? player.slower : 1);
  if (player.us >= endOf(player)) reachEnd(player);
}
