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
