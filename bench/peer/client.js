// X Chat as a client of a benchmark. What it loads is beside it (peer.js and peer_bg.wasm, made by `cargo xtask bench peer`), both at
// once, as the app's worker does.
const module = fetch(new URL('./peer_bg.wasm', import.meta.url));
const glue = import('./peer.js');

// ML-KEM-768 with X25519 is the KEM of X-Wing; the number is that of draft-ietf-mls-pq-ciphersuites.
const SUITES = { '0x0001': 0x0001, xwing: 0x004f };

function client(device) {
  return {
    keyPackages: count => device.keyPackages(count),
    create: group => device.create(group),
    add: async (group, packages) => {
      const [commit, welcome] = await device.add(group, packages);
      return { commit, welcomes: [welcome] };
    },
    join: welcome => device.join(welcome),
    encrypt: (group, plaintext) => device.encrypt(group, plaintext),
    decrypt: (group, message) => device.process(group, message),
    update: async group => ({ commits: [await device.update(group)] }),
    process: (group, commit) => device.process(group, commit),
    close: async () => device.free(),
  };
}

export default {
  suites: SUITES,
  stores: [false, true],
  load: async () => (await glue).default({ module_or_path: module }),
  async open(name, { suite, store }) {
    const { Device } = await glue;
    const device = await Device.open(name, SUITES[suite], store);
    if (this.unwaiting) device.doNotWait();
    const api = client(device);
    if (store) {
      api.batch = async work => {
        device.hold();
        await work(client(device));
        await device.release();
      };
    }
    return api;
  },
};
