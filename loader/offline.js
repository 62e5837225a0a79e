// Two things that only a service worker can do.
//
// It opens the app where the relay does not answer: it keeps a copy of the app's files, of one build, and of nothing else. As long as
// there is an answer the copy is not looked at, so a new build is there with the next load.
//
// And it gives files that a page opens an address that a browser can play from and save from piece by piece, `/stream/` and a number
// that nobody guesses. It has no key and keeps no byte: what the browser asks for it asks of the page that has offered it.
//
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
/** What stands before the number of a stream. */
const STREAM = "/stream/";
/** How long pages may take to say that a stream is theirs, in milliseconds. */
const KNOWN = 3000;
/** How often it is looked whether a page is still there that gives bytes, in milliseconds. */
const LIVES = 5000;

let missed = -AWAY;

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(begin()));
self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith(STREAM)) event.respondWith(stream(event, pathname.slice(STREAM.length)));
  if (!FILES.includes(pathname)) return;
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

// Streams. The browser stops a service worker when it likes, and with it goes all of this: who offered a stream is asked again.
//
// The event of a request ends with the head of the answer. Held open until the last byte (`waitUntil`), it would end the stream: Chromium
// stops a service worker one of whose events lasts for five minutes, and a film lasts longer. What keeps it alive is what pages say.

/** What pages offer, by its number. */
const offers = new Map();
/** Those that are asked for and of which nobody has said anything yet. */
const sought = new Map();
let answers = 0;

self.addEventListener("message", ({ data, ports: [port], source }) => {
  const id = data?.stream;
  if (port) offer(id, data, port, source.id);
  // A page whose stream is under way says so now and then, for as long as the browser hears something it lets this worker live. One that
  // was stopped meanwhile has it offered anew.
  else (offers.get(id)?.port ?? source).postMessage({ alive: true, stream: id });
});

/** Takes an offer: what a file is, and the port on which the page gives its bytes. */
function offer(id, { size, type, name }, port, page) {
  offers.get(id)?.end();
  const mine = { size, type, name, port, page, answers: new Map() };
  mine.end = () => {
    if (offers.get(id) === mine) offers.delete(id);
    for (const answer of mine.answers.values()) answer.fail(new Error("it is offered no more"));
    port.close();
  };
  port.onmessage = ({ data: { number, bytes, why, gone } }) => {
    if (gone) mine.end();
    else if (bytes) mine.answers.get(number)?.take(bytes);
    else mine.answers.get(number)?.fail(new Error(why));
  };
  offers.set(id, mine);
  port.postMessage({ ready: true });
  sought.get(id)?.found(mine);
}

/** Asks all pages whose it is. */
function search(id) {
  const known = sought.get(id);
  if (known) return known.search;
  const one = {};
  one.search = new Promise((found) => (one.found = found)).finally(() => sought.delete(id));
  sought.set(id, one);
  clients.matchAll({ type: "window", includeUncontrolled: true }).then((pages) => {
    for (const page of pages) page.postMessage({ stream: id });
    setTimeout(one.found, pages.length > 0 ? KNOWN : 0);
  });
  return one.search;
}

/** Which bytes are asked for, from one to before another. Undefined: all. Null: some that there are not. */
function part(range, size) {
  const [, first, last] = range?.match(/^bytes=(\d*)-(\d*)$/) ?? [];
  if (!first && !last) return undefined;
  if (!first) return last > 0 && size > 0 ? [Math.max(size - last, 0), size] : null;
  if (last && Number(last) < Number(first)) return undefined;
  return first < size ? [Number(first), last ? Math.min(Number(last) + 1, size) : size] : null;
}

async function stream(event, id) {
  // Asked for by the browser before it has asked here, of the relay, which knows nothing of it.
  event.waitUntil(Promise.resolve(event.preloadResponse).catch(() => {}));
  const headers = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  };
  const opens = event.request.mode === "navigate";
  // Who goes to what is not there stays where they are.
  const refuse = (status) => new Response(null, { status: opens ? 204 : status, headers });
  const known = /^[0-9a-f]{32}$/.test(id) ? (offers.get(id) ?? (await search(id))) : null;
  if (!known) return refuse(404);
  if (!(await clients.get(known.page))) known.end();
  // It is for the page that offers it, and no page is ever made of it.
  if (!offers.has(id) || (!opens && event.clientId !== known.page)) return refuse(404);
  const { size, type, name } = known;
  const saves = name !== undefined;
  const asks = saves ? undefined : part(event.request.headers.get("Range"), size);
  if (asks === null) {
    headers["Content-Range"] = `bytes */${size}`;
    return refuse(416);
  }
  const [from, to] = asks ?? [0, size];
  headers["Accept-Ranges"] = saves ? "none" : "bytes";
  headers["Content-Length"] = to - from;
  headers["Content-Type"] = type;
  if (asks) headers["Content-Range"] = `bytes ${from}-${to - 1}/${size}`;
  if (saves || opens) {
    const plain = encodeURIComponent(name ?? "").replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
    headers["Content-Disposition"] = name ? `attachment; filename*=UTF-8''${plain}` : "attachment";
  }
  return new Response(bytes(known, from, to), { status: asks ? 206 : 200, headers });
}

/** The bytes of a stretch, each piece asked of the page when the browser wants more. */
function bytes({ port, page, answers: mine, end }, from, to) {
  const number = ++answers;
  let at = from;
  let out;
  // Of a page that is gone nobody else hears.
  const watch = setInterval(async () => (await clients.get(page)) ?? end(), LIVES);
  const close = (whole) => {
    if (!mine.delete(number)) return;
    clearInterval(watch);
    port.postMessage({ number, whole });
  };
  const go = () => {
    if (at < to) return;
    out.close();
    close(true);
  };
  const answer = {
    // The browser has been told how much it gets, so what ends like this is no file.
    fail: (error) => {
      out.error(error);
      close(false);
    },
  };
  mine.set(number, answer);
  const source = {
    start: (controller) => {
      out = controller;
      go();
    },
    pull: async () => {
      const given = await new Promise((take) => {
        answer.take = take;
        port.postMessage({ number, from: at, to });
      });
      try {
        const piece = new Uint8Array(await given.arrayBuffer());
        if (piece.length === 0 || piece.length > to - at) throw new Error("not as many bytes as were asked for");
        at += piece.length;
        out.enqueue(piece);
        go();
      } catch (error) {
        answer.fail(error);
      }
    },
    cancel: () => close(false),
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}
