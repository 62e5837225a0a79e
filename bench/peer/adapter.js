// X Chat as a peer of a benchmark: each change is on the disk when its call is done, as in the app.
export { default } from './client.js';
