/** The addresses of sockets: the URL of the server, and the paths of consumers with the values of their parameters. */

import { CannotConnect, DcrfError } from './errors.js';
import type { ClientOptions } from './options.js';

/** Puts values into a path with parameters. */
export function fill(path: string, parameters: object): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(parameters, name) ? String(parameters[name as never] ?? '') : '';
    // A URL has no such segments.
    if (['', '.', '..'].includes(value)) throw new DcrfError(`the path ${path} needs a value of ${name}`);
    return encodeURIComponent(value);
  });
}

/**
 * Returns the address of a path of the server, whose default is the origin of the page.
 *
 * @throws {CannotConnect} if the option `url` is not a URL, or there is neither an option nor a page.
 */
export async function addressOf(base: ClientOptions['url'], path: string): Promise<URL> {
  if (typeof base === 'function') return join(await base(), path);
  const { location } = globalThis as { location?: { readonly origin: string } };
  const origin = base ?? location?.origin ?? '';
  try {
    return join(origin, path);
  } catch (cause) {
    throw new CannotConnect(`\`url\` is not the URL of a server: '${origin}'`, { cause });
  }
}

function join(base: string | URL, path: string): URL {
  const url = new URL(base);
  url.protocol = url.protocol.replace('http', 'ws');
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  return url;
}
