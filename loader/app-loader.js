// Starts the page: checks that the browser has what X Chat needs, then loads the page's WebAssembly.
// Where that cannot be, shows the matching part of #unsupported (index.html) instead of a blank page.
// The build replaces both file names below by those with content hashes.

function missing() {
  if (!window.isSecureContext) return "insecure";
  const present =
    typeof WebAssembly === "object" &&
    (typeof SharedWorker === "function" || typeof Worker === "function") &&
    hasIndexedDb() &&
    typeof crypto === "object" &&
    typeof crypto.subtle === "object" &&
    // One tab writes at a time; without it two would.
    typeof navigator.locks === "object" &&
    // Every colour of the page is one of two.
    CSS.supports("color", "light-dark(#000, #fff)");
  return present ? null : "browser";
}

// Some browsers throw on the mere mention where a policy forbids storage.
function hasIndexedDb() {
  try {
    return typeof indexedDB === "object" && indexedDB !== null;
  } catch {
    return false;
  }
}

function show(reason) {
  const notice = document.getElementById("unsupported");
  if (notice === null) return;
  for (const part of notice.querySelectorAll("[data-reason]")) part.hidden = part.dataset.reason !== reason;
  for (const button of notice.querySelectorAll("[data-reload]")) button.onclick = () => location.reload();
  document.getElementById("app")?.remove();
  notice.hidden = false;
}

// How the page is to look (src/ui/browser/prefs.rs keeps it) holds from the first paint on, not from the WebAssembly's.
function showLooks() {
  try {
    for (const look of ["theme", "text", "density"]) {
      const chosen = localStorage.getItem(`xchat.${look}`);
      if (chosen !== null) document.documentElement.dataset[look] = chosen;
    }
  } catch {
    // No storage: as the system has it.
  }
}

async function start() {
  showLooks();
  const reason = missing();
  if (reason !== null) return show(reason);
  try {
    const { default: init } = await import("./app.js");
    await init({ module_or_path: new URL("./app_bg.wasm", import.meta.url) });
    keepOffline();
  } catch (error) {
    console.error("X Chat could not start:", error);
    show("load");
  }
}

// What is needed to open the app without a connection is kept once it runs, and never in its way. Where the browser has no such
// thing, or does not want to here, the app needs the relay to open.
function keepOffline() {
  const keep = () => navigator.serviceWorker?.register("/offline.js").catch(() => {});
  setTimeout(keep, 3000);
}

// A trap leaves the page's module unusable: say so rather than stand still.
for (const kind of ["error", "unhandledrejection"]) {
  window.addEventListener(kind, (event) => {
    if ((event.error ?? event.reason) instanceof WebAssembly.RuntimeError) {
      for (const element of document.body.children) element.hidden = true;
      show("stopped");
    }
  });
}

// For a file that is dropped where nothing takes it the browser would leave the page.
for (const kind of ["dragover", "drop"]) {
  window.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
  });
}

start();
