// Figures as text.

export function duration(us) {
  const ms = us / 1000;
  if (ms < 1) return ms.toFixed(2) + " ms";
  if (ms < 10) return ms.toFixed(1) + " ms";
  if (ms < 1000) return ms.toFixed(0) + " ms";
  return (ms / 1000).toFixed(ms < 100000 ? 2 : 0) + " s";
}

export const count = (n) => n.toLocaleString("en");
export const plural = (n, word) => count(n) + " " + word + (n === 1 ? "" : "s");

export function quantile(sorted, q) {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] || 0;
}

// Places for labels that are wanted at these heights: in the same order, none nearer
// than apart to the next, and none below the bottom.
export function spreadOut(wanted, apart, bottom) {
  const order = wanted.map((at, i) => ({at, i})).sort((a, b) => a.at - b.at || a.i - b.i);
  order.forEach((own, k) => { if (k > 0) own.at = Math.max(own.at, order[k - 1].at + apart); });
  for (let k = order.length - 1, most = bottom; k >= 0; k--, most -= apart)
    order[k].at = Math.min(order[k].at, most);
  const places = new Array(wanted.length);
  for (const {at, i} of order) places[i] = at;
  return places;
}
