// Sends numbered messages from this page, one after the other. arguments: [how many, milliseconds between two].
// `bench.sent` holds, by number, when each was sent; wall clock in milliseconds. Runs after watch.js.

const [count, pause] = arguments;
const now = () => performance.timeOrigin + performance.now();
const box = document.querySelector("textarea");
const value = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
window.bench.sent = [];

const send = () => {
  const number = window.bench.sent.length;
  if (number === count) return;
  value.set.call(box, `number ${number}.`);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  window.bench.sent.push(now());
  box.form.requestSubmit();
  setTimeout(send, pause);
};
send();
