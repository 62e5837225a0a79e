// Opens the app where the relay does not answer: a service worker that keeps a copy of the app's files, of one build, and of
// nothing else. As long as there is an answer the copy is not looked at, so a new build is there with the next load.
// The build puts the names of its files in the place of these, the page and its script first.
const FILES = ["/", "/app-loader.js"];
const [PAGE, SCRIPT] = FILES;
const NAME = `xchat ${SCRIPT}`;
/** How long the relay may take to answer, in milliseconds, before the copy is opened instead. */
const PATIENCE = 4000;

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
  await Promise.all(
    FILES.map(async (file) => {
      // A name with a hash has one content: what another build has kept of it is not fetched again.
      const hashed = /-[0-9a-f]{16}\./.test(file);
      const response = (hashed && (await copy(file))) || (await fetch(file, { cache: hashed ? "default" : "no-cache" }));
      if (!response.ok) throw new Error(`${file}: ${response.status}`);
      // A relay that has another build by now would give its page to the files of this one.
      if (file === PAGE && !(await response.clone().text()).includes(SCRIPT)) throw new Error("another build");
      await cache.put(file, response);
    }),
  );
  // At once: what is stored may have been brought to a form that an earlier build does not know, which must not be what opens offline.
  await self.skipWaiting();
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
  const asked = ask(event);
  // Also when nobody waits for it any more.
  event.waitUntil(asked.catch(() => {}));
  try {
    const late = file === PAGE ? new Promise((_, late) => setTimeout(late, PATIENCE, "late")) : asked;
    const response = await Promise.race([asked, late]);
    // What stands before a relay that is away answers with an error of its own.
    if (response.ok) return response;
  } catch {
    // No connection, or none worth its name.
  }
  return (await copy(file, NAME)) ?? asked;
}

async function ask(event) {
  return (await event.preloadResponse) ?? fetch(event.request);
}
