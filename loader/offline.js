// Opens the app where the relay does not answer: a service worker that keeps a copy of the app's files, of one build, and of
// nothing else. As long as there is an answer the copy is not looked at, so a new build is there with the next load.
// The build puts the names of its files in the place of these, the page and its script first.
const FILES = ["/", "/app-loader.js"];
const BUILD = "build";
const [PAGE] = FILES;
const NAME = `xchat ${BUILD}`;
/** A name with its content's hash in it: it has one content for ever. */
const HASHED = /\/[\w-]+-[0-9a-f]{16}\.\w+/g;
/** How long the relay may take to answer, in milliseconds, before the copy is opened instead. */
const PATIENCE = 4000;
/** So long after it did not answer in time, the copy is what is opened of all that has a hash. */
const AWAY = 60000;

let missed = -AWAY;

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(begin()));
self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin || !FILES.includes(pathname)) return;
  if (mode === "navigate" || pathname !== PAGE) event.respondWith(answer(event, pathname));
});

async function keep() {
  const cache = await caches.open(NAME);
  const put = async (file) => {
    const hashed = file.match(HASHED) !== null;
    // What another build has kept of the same content is not fetched again.
    const response = (hashed && (await copy(file))) || (await fetch(file, { cache: hashed ? "default" : "no-cache" }));
    if (!response.ok) throw new Error(`${file}: ${response.status}`);
    // A relay that has another build by now would give its page to the files of this one.
    if (file === PAGE && !(await isOurs(response.clone()))) throw new Error("another build");
    await cache.put(file, response);
  };
  const done = await Promise.allSettled(FILES.map(put));
  const failed = done.find(({ status }) => status === "rejected");
  if (failed) {
    // Half a copy opens nothing, and takes room that may be what was missing.
    await caches.delete(NAME);
    throw failed.reason;
  }
  // At once: what is stored may have been brought to a form that an earlier build does not know, which must not be what opens offline.
  await self.skipWaiting();
}

/** Whether a page needs nothing but the files of this build. */
async function isOurs(page) {
  const needed = (await page.text()).match(HASHED) ?? [];
  return needed.length > 0 && needed.every((file) => FILES.includes(file));
}

// A page of another build that is still open asks the relay alone for what it lacks, and says so where that has it no more.
async function begin() {
  for (const name of await caches.keys()) if (name.startsWith("xchat ") && name !== NAME) await caches.delete(name);
  await self.registration.navigationPreload?.enable();
}

function copy(file, cacheName) {
  return caches.match(file, { cacheName, ignoreVary: true });
}

async function answer(event, file) {
  if (file.match(HASHED) && Date.now() - missed < AWAY) {
    const kept = await copy(file, NAME);
    if (kept) return kept;
  }
  const asked = ask(event);
  // Also when nobody waits for it any more.
  event.waitUntil(asked.catch(() => {}));
  try {
    const late = new Promise((_, late) => setTimeout(late, PATIENCE, "late"));
    const response = await Promise.race([asked, late]);
    // What stands before a relay that is away answers with an error of its own.
    if (response.ok) return response;
  } catch {
    // No connection, or none worth its name.
  }
  missed = Date.now();
  return (await copy(file, NAME)) ?? asked;
}

async function ask(event) {
  return (await event.preloadResponse) ?? fetch(event.request);
}
