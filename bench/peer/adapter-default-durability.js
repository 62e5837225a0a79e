// The same with the durability that a browser gives when nobody asks for one, as the other libraries leave it: what separates the two is
// what it costs that X Chat waits until each change is on the disk.
const transaction = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (stores, mode) {
  return transaction.call(this, stores, mode);
};

export { default } from './client.js';
