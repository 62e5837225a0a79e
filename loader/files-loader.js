// Starts the file worker: loads its WebAssembly. A page starts one of its own when it first needs it.
//
// A message that comes before the module is ready waits in `self.xchatAsked`. The module takes what waits there and sets
// `self.xchatOnAsk = (message) => ...`, which gets every later one.
//
// When the module cannot load or traps, the page gets `{ fatal: "why" }`, and this worker ends.
// The build replaces both file names below by those with content hashes.

self.xchatAsked = [];
self.xchatOnAsk = null;

self.onmessage = ({ data }) => {
  if (self.xchatOnAsk !== null) self.xchatOnAsk(data);
  else self.xchatAsked.push(data);
};

function fail(error) {
  console.error("the file worker stopped:", error);
  self.postMessage({ fatal: String(error) });
  self.close();
}

// After a trap (out of memory, a panic) nothing of the module can be relied on.
self.addEventListener("error", (event) => {
  if (event.error instanceof WebAssembly.RuntimeError) fail(event.error);
});
self.addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof WebAssembly.RuntimeError) fail(event.reason);
});

// Both at once: on a slow line the module would begin a way to the server and back later.
const module = fetch(new URL("./files_bg.wasm", import.meta.url));
import("./files.js")
  .then(({ default: init }) => init({ module_or_path: module }))
  .catch(fail);
