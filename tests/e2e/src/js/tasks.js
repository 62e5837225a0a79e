// Watches the main thread from now on: `bench.tasks` holds what took more than 50 ms in one go (longer ones alone are told to a page),
// `bench.frames` the time from frame to frame; milliseconds. Runs after watch.js.

const bench = (window.bench ??= {});
bench.tasks = [];
bench.frames = [];
bench.observer?.disconnect();
bench.observer = new PerformanceObserver((list) => bench.tasks.push(...list.getEntries().map((entry) => entry.duration)));
bench.observer.observe({ type: "longtask" });
let last = performance.now();
const frame = (now) => {
  bench.frames.push(now - last);
  last = now;
  bench.asked = requestAnimationFrame(frame);
};
cancelAnimationFrame(bench.asked);
bench.asked = requestAnimationFrame((now) => {
  last = now;
  bench.asked = requestAnimationFrame(frame);
});
