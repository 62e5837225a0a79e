// Scrolls the timeline, a step a frame, and gives what a reader would see of it. arguments: [frames, pixels a frame, upwards if negative].
// frames: from frame to frame, in milliseconds. held: frames in which there was nothing to scroll to yet. astray: by how many pixels
// the message in the middle stood elsewhere than the step put it, for each frame in which it did.

const [count, step] = arguments;
// A machine that draws few frames has them counted no longer than this, in milliseconds.
const PATIENCE = 60_000;
const timeline = document.querySelector("[role=log]");
const middle = () => {
  const box = timeline.getBoundingClientRect();
  for (let off = 0; off < 200; off += 20) {
    const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2 + off);
    const message = at?.closest("[data-order]") ?? at?.querySelector("[data-order]");
    if (message) return message;
  }
};

return new Promise((resolve) => {
  const frames = [];
  const astray = [];
  let held = 0;
  let last;
  let before;
  const begun = performance.now();
  const frame = (now) => {
    if (last !== undefined) frames.push(now - last);
    last = now;
    if (before?.message?.isConnected) {
      const off = Math.abs(before.message.getBoundingClientRect().top - before.top);
      if (off > 2) astray.push(off);
    }
    if (frames.length >= count || now - begun > PATIENCE) return resolve({ frames, held, astray, drawn: timeline.querySelectorAll("[data-order]").length });
    const from = timeline.scrollTop;
    timeline.scrollTop += step;
    if (timeline.scrollTop === from) held += 1;
    const message = middle();
    before = message && { message, top: message.getBoundingClientRect().top };
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
});
