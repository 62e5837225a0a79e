// Everything that the origin keeps in this browser, searched for texts. arguments: [texts]. Gives a `Stored`.

const [texts] = arguments;

const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

// Bytes as a string of characters 0 to 255, so that bytes are found in bytes.
const latin = (bytes) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
};
const utf8 = (text) => latin(new TextEncoder().encode(text));
const utf16 = (text) => [...text].map((c) => c.charCodeAt(0)).map((unit) => String.fromCharCode(unit & 255, unit >> 8)).join("");

const stored = { rows: {}, bytes: 0, found: [], extractable: 0, keys: 0 };

function search(where, bytes) {
  stored.bytes += bytes.length;
  for (const text of texts) {
    if (bytes.includes(utf8(text)) || bytes.includes(utf16(text))) stored.found.push(`${text} in ${where}`);
  }
}

function look(where, value) {
  if (value instanceof CryptoKey) {
    stored.keys += 1;
    if (value.extractable) stored.extractable += 1;
  } else if (value instanceof ArrayBuffer) search(where, latin(new Uint8Array(value)));
  else if (ArrayBuffer.isView(value)) search(where, latin(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
  else if (typeof value === "object" && value !== null) {
    for (const [name, part] of Object.entries(value)) {
      search(where, utf8(name));
      look(where, part);
    }
  } else search(where, utf8(String(value)));
}

return (async () => {
  for (const { name } of await indexedDB.databases()) {
    const database = await answer(indexedDB.open(name));
    for (const storeName of database.objectStoreNames) {
      const store = database.transaction(storeName).objectStore(storeName);
      const [keys, values] = await Promise.all([answer(store.getAllKeys()), answer(store.getAll())]);
      stored.rows[storeName] = keys.length;
      for (const part of [...keys, ...values]) look(`${name}.${storeName}`, part);
    }
    database.close();
  }
  look("localStorage", { ...localStorage });
  look("sessionStorage", { ...sessionStorage });
  for (const name of await caches.keys()) look("caches", name);
  return stored;
})();
