// What `bench/engine` measures natively, in a browser: `cargo xtask bench engine` runs it there, one call for each part.
import adapter from './adapter.js';
import { Archive, lay as layDown } from './peer.js';

const PACKAGES = 100;
const MESSAGES = 1000;
const COMMITS = 5;
// Messages in one transaction while a device catches up: what the worker takes from the relay at a time.
const BATCH = 64;

const loaded = adapter.load();

async function timed(work) {
  const begun = performance.now();
  const value = await work();
  return [performance.now() - begun, value];
}

const median = times => times.sort((a, b) => a - b)[times.length >> 1];
const ms = time => `${time.toFixed(2)} ms`;
const rate = (count, time) => `${Math.round((count * 1000) / time)} /s`;
const kib = bytes => `${(bytes / 1024).toFixed(1)} KiB`;

// Two people with a conversation.
async function pair(name, suite, store) {
  const ada = await adapter.open(`ada-${name}`, { suite, store });
  const ben = await adapter.open(`ben-${name}`, { suite, store });
  await ada.create(name);
  const { welcomes } = await ada.add(name, await ben.keyPackages(1));
  await ben.join(welcomes[0]);
  return [ada, ben];
}

// Rows of a suite without groups: `[what, figure]`.
export async function messages(suite) {
  await loaded;
  const rows = [];
  const maker = await adapter.open('maker', { suite, store: false });
  const [packages] = await timed(() => maker.keyPackages(PACKAGES));
  rows.push(['key packages', rate(PACKAGES, packages)]);
  const [ada, ben] = await pair(`messages-${suite}`, suite, false);
  const plaintext = new Uint8Array(1024).fill(7);
  const group = `messages-${suite}`;
  const sent = [];
  const [encrypting] = await timed(async () => {
    for (let n = 0; n < MESSAGES; n += 1) sent.push(await ada.encrypt(group, plaintext));
  });
  rows.push(['encrypt 1 KiB', rate(MESSAGES, encrypting)]);
  const [decrypting] = await timed(async () => {
    for (const message of sent) await ben.decrypt(group, message);
  });
  rows.push(['decrypt 1 KiB', rate(MESSAGES, decrypting)]);
  return rows;
}

// A device that was away opens `count` messages, committed to IndexedDB batch by batch.
export async function catchUp(suite, count) {
  await loaded;
  const group = `catch-up-${suite}`;
  const [ada, ben] = await pair(group, suite, true);
  const plaintext = new Uint8Array(1024).fill(7);
  const sent = [];
  await ada.batch(async device => {
    for (let n = 0; n < count; n += 1) sent.push(await device.encrypt(group, plaintext));
  });
  const [time] = await timed(async () => {
    for (let first = 0; first < sent.length; first += BATCH) {
      await ben.batch(async device => {
        for (const message of sent.slice(first, first + BATCH)) await device.decrypt(group, message);
      });
    }
  });
  return [[`catch-up of ${count}, committed to IndexedDB`, rate(count, time)]];
}

// A group of so many leaves.
export async function group(suite, leaves) {
  await loaded;
  const name = `group-${suite}-${leaves}`;
  const open = who => adapter.open(who, { suite, store: false });
  const ada = await open('ada');
  const packages = [];
  const members = [];
  for (let number = 1; number < leaves; number += 1) {
    const other = await open(`member ${number}`);
    packages.push(...(await other.keyPackages(1)));
    if (members.length < 3) members.push(other);
    else await other.close();
  }
  const late = await open('late');
  const [last] = await late.keyPackages(1);
  const [created] = await timed(() => ada.create(name));
  const [adding, added] = await timed(() => ada.add(name, packages));
  const joins = [];
  for (const member of members) joins.push((await timed(() => member.join(added.welcomes[0])))[0]);
  const updates = [];
  const processes = [];
  let largest = 0;
  const all = [ada, ...members];
  for (let round = 0; round < COMMITS; round += 1) {
    const by = all[round % all.length];
    const [time, update] = await timed(() => by.update(name));
    updates.push(time);
    largest = Math.max(largest, update.commits[0].length);
    for (const other of all) {
      if (other !== by) processes.push((await timed(() => other.process(name, update.commits[0])))[0]);
    }
  }
  const [oneMore, one] = await timed(() => ada.add(name, [last]));
  await late.join(one.welcomes[0]);
  return [
    ['create', ms(created)],
    ['add all at once', ms(adding)],
    ['add one more', ms(oneMore)],
    ['join', ms(median(joins))],
    ['update', ms(median(updates))],
    ['process an update', ms(median(processes))],
    ['largest update', kib(largest)],
    ['welcome of one more', kib(one.welcomes[0].length)],
  ].map(([what, figure]) => [`${leaves} leaves: ${what}`, figure]);
}

// A conversation of so many messages, laid down in IndexedDB; the page that searches it is another.
export async function archive(count) {
  await loaded;
  const device = await Archive.open('archive');
  const bytes = await device.fill(count);
  device.free();
  return [[`words of ${count} messages`, kib(bytes)]];
}

// Searches in it by a device that has just started, and the median of those after it. `enough`: how many hits the page shows at first.
export async function search(runs, enough) {
  await loaded;
  const rows = [];
  for (const [word, what, hits] of [['often', 'what stands in every tenth', enough], ['needle', 'what stands in the first alone', 1], ['nowhere', 'what stands in none', 0]]) {
    const device = await Archive.open('archive');
    const look = async () => {
      const [time, found] = await timed(() => device.search(word, enough));
      if (found < hits) throw new Error(`${found} hits of ${word}`);
      return time;
    };
    rows.push([`search for ${what}, after a start`, ms(await look())]);
    const times = [];
    for (let n = 0; n < runs; n += 1) times.push(await look());
    rows.push([`the same again, median of ${runs}`, ms(median(times))]);
    device.free();
  }
  return rows;
}

// Adds so many messages to the account that the app has made here: `cargo xtask bench page`, while the app is closed.
export async function lay(count, texts) {
  await loaded;
  await layDown(count, texts);
}
