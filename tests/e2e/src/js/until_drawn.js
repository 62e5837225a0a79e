// Does something, and gives the milliseconds from there until what was wanted has been painted. arguments: [what is done, what is
// wanted, their argument].

const [act, want, argument] = arguments;
const timeline = () => document.querySelector("[role=log]");
const row = (name) =>
  [...document.querySelectorAll("nav li a[href]")].find((link) => link.querySelector("bdi")?.textContent.trim() === name);
const field = () => document.querySelector(".find-bar input");

// Whether an element stands within the timeline's frame.
const seen = (element) => {
  if (!element) return false;
  const frame = timeline().getBoundingClientRect();
  const box = element.getBoundingClientRect();
  return box.height > 0 && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
};

const acts = {
  open: (name) => row(name).click(),
  look: (words) => {
    const box = field();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(box, words);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  },
  go: () => field().dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })),
  back: () => document.querySelector(".jump").click(),
};

const said = () => document.querySelector(".search-field__count").textContent;
const wants = {
  unread: () => seen(timeline()?.querySelector(".unread")),
  end: () => seen([...(timeline()?.querySelectorAll("[data-order]") ?? [])].at(-1)) && !document.querySelector(".jump"),
  hits: () => / of \d/.test(said()),
  nothing: () => /^No /.test(said()),
  found: (words) => {
    const found = timeline().querySelector(".is-found");
    return seen(found) && found.textContent.includes(words);
  },
};

return new Promise((resolve) => {
  const begun = performance.now();
  acts[act](argument);
  const look = () => {
    if (!wants[want](argument)) return requestAnimationFrame(look);
    // After this frame was painted.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now() - begun);
    port2.postMessage(0);
  };
  requestAnimationFrame(look);
});
