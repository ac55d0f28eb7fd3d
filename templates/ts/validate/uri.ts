/** References of URIs (RFC 3986, section 5) and JSON pointers (RFC 6901). */

const PARTS = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(?:#(.*))?$/su;

/** Resolves a reference against a base. Returns the URI without its fragment, and the fragment. */
export function resolve(base: string, reference: string): readonly [uri: string, fragment: string] {
  const [scheme, authority, path, query, fragment] = partsOf(reference);
  const from = partsOf(base);
  if (scheme !== undefined) return [join(scheme, authority, withoutDots(path), query), fragment];
  if (authority !== undefined) return [join(from[0], authority, withoutDots(path), query), fragment];
  if (path === '') return [join(from[0], from[1], from[2], query ?? from[3]), fragment];
  const whole = path.startsWith('/') ? path : beside(from[1], from[2]) + path;
  return [join(from[0], from[1], withoutDots(whole), query), fragment];
}

type Parts = readonly [string | undefined, string | undefined, string, string | undefined, string];

function partsOf(uri: string): Parts {
  const [, scheme, authority, path = '', query, fragment = ''] = PARTS.exec(uri) ?? [];
  return [scheme, authority, path, query, fragment];
}

function join(scheme: string | undefined, authority: string | undefined, path: string, query = ''): string {
  return `${scheme === undefined ? '' : `${scheme}:`}${authority === undefined ? '' : `//${authority}`}${path}${query}`;
}

/** Returns the directory of a path. */
function beside(authority: string | undefined, path: string): string {
  return authority !== undefined && path === '' ? '/' : path.slice(0, path.lastIndexOf('/') + 1);
}

function withoutDots(path: string): string {
  if (!/(^|\/)\.\.?(\/|$)/u.test(path)) return path;
  const kept: string[] = [];
  const segments = path.split('/');
  for (const [at, segment] of segments.entries()) {
    const isLast = at === segments.length - 1;
    if (segment === '..' && (kept.length > 1 || (kept.length === 1 && kept[0] !== ''))) kept.pop();
    if (segment !== '.' && segment !== '..') kept.push(segment);
    else if (isLast) kept.push('');
  }
  return kept.join('/');
}

/** Returns the tokens of a JSON pointer in a fragment; undefined if it is the name of an anchor. */
export function tokensOf(fragment: string): readonly string[] | undefined {
  const pointer = decoded(fragment);
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) return undefined;
  return pointer.slice(1).split('/').map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
