// Runs before anything of a page: notes when things happen, in milliseconds since the navigation began. `bench.at` holds them.

window.bench = { at: {} };
const note = (what) => (window.bench.at[what] ??= performance.now());

// A field to type in, and the rows of the list, as soon as they are on the page.
new MutationObserver(() => {
  if (document.querySelector("input[type=text]:not([readonly]), textarea") !== null) note("typing");
  if (document.querySelector("nav li a[href]") !== null) note("list");
}).observe(document, { childList: true, subtree: true });

// The engine's first words: that it listens, then the whole picture, as bytes.
const Shared = window.SharedWorker;
window.SharedWorker = class extends Shared {
  constructor(...how) {
    super(...how);
    this.port.addEventListener("message", ({ data }) => data instanceof Uint8Array && note("engine"));
  }
};
