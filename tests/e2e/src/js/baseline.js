// What the parts of a message's way cost on their own, on this machine, in milliseconds. arguments: [rounds, subprotocol, ping as bytes].

const [rounds, subprotocol, ping] = arguments;

async function times(once) {
  const taken = [];
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now();
    await once();
    taken.push(performance.now() - begun);
  }
  return taken;
}

async function socket() {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/relay`, subprotocol);
  const heard = () =>
    new Promise((resolve, reject) => {
      socket.onmessage = resolve;
      socket.onerror = socket.onclose = () => reject(new Error("the relay hung up"));
    });
  await heard();
  const taken = await times(() => {
    const pong = heard();
    socket.send(new Uint8Array(ping));
    return pong;
  });
  socket.onclose = null;
  socket.close();
  return taken;
}

async function disk() {
  const name = "bench";
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("rows");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const row = new Uint8Array(1024);
  const taken = await times(
    () =>
      new Promise((resolve, reject) => {
        const transaction = database.transaction("rows", "readwrite", { durability: "strict" });
        transaction.objectStore("rows").put(row, 1);
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
        transaction.commit();
      }),
  );
  database.close();
  indexedDB.deleteDatabase(name);
  return taken;
}

const fetched = () => times(() => fetch("/healthz", { cache: "no-store" }).then((response) => response.text()));

return (async () => ({ ping: await socket(), commit: await disk(), fetch: await fetched() }))();
