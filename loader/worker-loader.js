// Starts the engine's worker, as a SharedWorker or as a dedicated Worker, and loads its WebAssembly.
//
// Ports may arrive before the module is ready, and an event without a listener is lost: so the listeners are
// installed first, and ports wait in `self.xchatPorts`. The module takes what waits there and sets
// `self.xchatOnPort = (port) => ...`, which gets every later port. A SharedWorker's port comes with `connect`; to a
// dedicated worker the page posts one message that carries a MessagePort.
//
// When the module cannot load or traps, every port, waiting or later, gets `{ fatal: "why" }`.
// The build replaces both file names below by those with content hashes.

self.xchatPorts = [];
self.xchatOnPort = null;

const all = [];
let fatal = null;

function accept(port) {
  if (port === undefined) return;
  all.push(port);
  if (self.xchatOnPort !== null) self.xchatOnPort(port);
  else self.xchatPorts.push(port);
}

function fail(error) {
  if (fatal !== null) return;
  fatal = String(error);
  console.error("the engine stopped:", error);
  for (const port of all) port.postMessage({ fatal });
  // Nothing of this worker runs any more: its lock is free, and a page that is loaded again gets a new one.
  self.close();
}

if ("onconnect" in self) self.onconnect = (event) => accept(event.ports[0]);
else self.onmessage = (event) => accept(event.ports[0]);

// A trap (out of memory, a panic that nobody caught) leaves the module unusable: say so rather than fall silent.
self.addEventListener("error", (event) => {
  if (event.error instanceof WebAssembly.RuntimeError) fail(event.error);
});
self.addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof WebAssembly.RuntimeError) fail(event.reason);
});

// Both at once: on a slow line the module would begin a way to the server and back later.
const module = fetch(new URL("./worker_bg.wasm", import.meta.url));
import("./worker.js")
  .then(({ default: init }) => init({ module_or_path: module }))
  .catch(fail);
