/** The storage of everything that the page keeps over a reload. */

import { SafeStorage, browserStorage } from "../lib/safe-storage.js";

export const pageStorage = browserStorage();
export const stored = new SafeStorage(pageStorage);
