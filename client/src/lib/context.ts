/** What the rooms of a client share. */

import type { Link } from "./connection.js";
import type { Outbox } from "./outbox.js";
import type { Me } from "./types.js";

export interface House {
  readonly link: Link;
  readonly outbox: Outbox;
  who(): Me;
  /** Whether what was missed on this connection has come. */
  ready(): boolean;
  /** Hear that a room is no longer on its way in. */
  settled(): void;
  /** Ask now, or on the next connection; again where the answer was lost. */
  request: Link["ask"];
}
