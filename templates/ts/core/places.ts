/** Consumers at paths with parameters, which have a connection for each combination of their values. */

import { fill } from './address.js';
import { Client } from './client.js';
import { Endpoint } from './endpoint.js';

/** A client of a server that has consumers at paths with parameters. */
export class ParameterizedClient extends Client {
  /** The consumers by their paths. */
  readonly #endpoints = new Map<string, Endpoint>();
  #closed = false;

  /**
   * Returns the consumer of a stream at a path with these parameters, which has a connection of its own. For the same
   * parameters it is the same one, until `disconnect` closes it.
   */
  protected at(stream: string, path: string, parameters: object): Endpoint {
    const own = fill(path, parameters);
    const known = this.#endpoints.get(own);
    if (known !== undefined) return known;
    const session = this.openSession(own, stream);
    const endpoint = new Endpoint(session, stream, () => {
      this.closeSession(session);
      this.#endpoints.delete(own);
    });
    if (this.#closed) session.close();
    this.#endpoints.set(own, endpoint);
    return endpoint;
  }

  override close(code?: number, reason?: string): void {
    this.#closed = true;
    super.close(code, reason);
  }
}
