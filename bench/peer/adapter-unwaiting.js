// The same as core-crypto does it: with the browser's default durability, and each call done once its change is handed to the database, not
// when it is written. The app never does this: what it says to have sent or read could be lost then. For a comparison of like with like.
import client from './adapter-default-durability.js';

export default { ...client, unwaiting: true };
