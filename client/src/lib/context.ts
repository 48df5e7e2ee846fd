/** What the client provides to its rooms. */

import type { NamespaceConnection } from "./connection.js";
import type { Outbox } from "./outbox.js";
import type { Me } from "./types.js";

export interface ClientContext {
  readonly connection: NamespaceConnection;
  readonly outbox: Outbox;
  identity(): Me;
  /** Whether everything missed has been received on this connection. */
  isReady(): boolean;
  /** Update the client's status after a room has been joined or refused. */
  updateStatus(): void;
  /** Send a request when there is a connection, and retry it if the connection is lost. */
  request: NamespaceConnection["request"];
}
