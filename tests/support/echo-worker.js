// Does on its port what the worker does: says that it listens, tells which of its pages this is, and returns each
// command as an event. As a SharedWorker or as a Worker.
let pages = 0;
const accept = (port) => {
  pages += 1;
  port.postMessage("ready");
  port.postMessage({ fatal: `page ${pages}` });
  port.onmessage = (message) => port.postMessage({ fatal: message.data === "bye" ? "bye" : "command" });
};
if ("onconnect" in self) self.onconnect = (event) => accept(event.ports[0]);
else self.onmessage = (event) => accept(event.ports[0]);
