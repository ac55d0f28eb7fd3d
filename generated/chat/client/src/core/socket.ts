/** The parts of a WebSocket that the client uses. */

/** The close code and reason with which a connection ended. */
export interface Close {
  /** The close code (RFC 6455, section 7.4), or 1006 if there was none. */
  readonly code: number;
  readonly reason: string;
}

/** The part of a WebSocket that is used: of a browser's, of Node 22's, or of that of the package `ws`. */
export interface Socket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  // These are only ever written, because the implementations have different types for them.
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
}

/** The constructor of a {@link Socket}. */
export type SocketConstructor = new (url: string, protocols?: string[]) => Socket;
