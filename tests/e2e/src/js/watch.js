// Notes when numbered messages appear on this page. `bench.shown` holds it by number; wall clock in milliseconds.

const now = () => performance.timeOrigin + performance.now();

const shown = [];
window.bench = { shown };
new MutationObserver((changes) => {
  const at = now();
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      for (const [, number] of node.textContent.matchAll(/number (\d+)\./g)) shown[number] ??= at;
    }
  }
}).observe(document.querySelector("[role=log]"), { childList: true, subtree: true });
