/** The forms of texts that Django has validators for: addresses, URLs, slugs. */

import { ipv4, ipv6, mapped, showIpv6 } from '../address.js';
import type { Form, Forms } from '../run.js';

const NO_SLUG = 'Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.';
const NO_IP = 'Enter a valid IPv4 or IPv6 address.';

const form = (matches: Form['matches'], message: string, code = 'invalid', noText = message): Form => ({
  matches, code, message, noText,
});
const ofAddress = (version: string, matches: Form['matches']): Form =>
  form(matches, `Enter a valid ${version} address.`, 'invalid_address', NO_IP);

const BY_FORMAT: { readonly [format: string]: Form } = {
  email: form(isEmail, 'Enter a valid email address.'),
  uri: form(isUrl, 'Enter a valid URL.'),
  hostname: form(isHostname, 'Enter a valid domain name.', 'invalid', 'Not a valid string.'),
  slug: form((text) => /^[\w-]+$/.test(text), NO_SLUG),
  'unicode-slug': form(
    (text) => /^[\p{Alphabetic}\p{N}_-]+$/u.test(text),
    'Enter a valid "slug" consisting of Unicode letters, numbers, underscores, or hyphens.',
    'invalid_unicode',
    NO_SLUG,
  ),
  ip: ofAddress('IPv4 or IPv6', (text) => canonical('ip', text) !== undefined),
  ipv4: ofAddress('IPv4', (text) => canonical('ipv4', text) !== undefined),
  ipv6: ofAddress('IPv6', (text) => canonical('ipv6', text) !== undefined),
};

/** Returns the canonical text of an IP address. */
function canonical(format: unknown, text: string): string | undefined {
  const four = format === 'ipv6' ? undefined : ipv4(text);
  if (four !== undefined) return four.join('.');
  const six = format === 'ipv4' ? undefined : ipv6(text);
  if (six === undefined) return undefined;
  return (format === 'ip' ? mapped(six) : undefined) ?? showIpv6(six);
}

const USER =
  /^(?:[-!#$%&'*+/=?^_`{}|~0-9A-Z]+(?:\.[-!#$%&'*+/=?^_`{}|~0-9A-Z]+)*|"(?:[\x01-\x08\x0b\x0c\x0e-\x1f!#-[\]-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*")$/i;

/** Tells whether Django's `EmailValidator` accepts a text. */
function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  const [user, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (at < 0 || [...text].length > 320 || !USER.test(user)) return false;
  const literal = /^\[(.*)\]$/s.exec(domain)?.[1];
  return domain === 'localhost' || isDomain(domain) || (literal !== undefined && (ipv4(literal) ?? ipv6(literal)) !== undefined);
}

/** Tells whether Django's `URLValidator` accepts a text: its schemes are http, https, ftp and ftps. */
function isUrl(text: string): boolean {
  const found = /^(?:https?|ftps?):\/\/([^/?#]*)/i.exec(text);
  if (found === null || [...text].length > 2048 || /\p{White_Space}/u.test(text)) return false;
  const [, authority = ''] = found;
  const at = authority.indexOf('@');
  if (at >= 0 && !/^[^:]+(?::[^:]*)?$/.test(authority.slice(0, at))) return false;
  const [, literal, host, port] = /^(?:\[([^\]]*)\]|([^:[]*))((?::.*)?)$/s.exec(authority.slice(at + 1)) ?? [];
  if (port === undefined || (port !== '' && !/^:\d{1,5}$/.test(port))) return false;
  return literal === undefined ? isHost(host ?? '') : ipv6(literal) !== undefined;
}

function isHost(host: string): boolean {
  if ([...host].length > 253) return false;
  if (host.toLowerCase() === 'localhost' || ipv4(host) !== undefined) return true;
  return isDomain(host.endsWith('.') ? host.slice(0, -1) : host);
}

/** Tells whether a text is a name of at least two labels, of which the last is a top-level domain. */
function isDomain(name: string): boolean {
  const labels = name.split('.');
  const top = labels.pop() ?? '';
  const isTop = [...top].length >= 2 && isLabel(top) && (/^xn--/i.test(top) || !/\d/.test(top));
  return labels.length > 0 && labels.every(isLabel) && isTop;
}

/** Tells whether a label has up to 63 letters, digits and inner hyphens. */
function isLabel(label: string): boolean {
  return /^(?!-)[-a-zA-Z0-9\u00a1-\uffff]{1,63}(?<!-)$/u.test(label);
}

/** Tells whether a text is a host name by RFC 1123, which is not an IPv4 address and does not end with a dot. */
function isHostname(text: string): boolean {
  return /^[\0-\x7f]{0,253}$/.test(text) && text.split('.').every(isLabel) && ipv4(text) === undefined;
}

/** The forms of texts. */
export const forms: Forms = {
  of: (format) => (typeof format === 'string' && Object.hasOwn(BY_FORMAT, format) ? BY_FORMAT[format] : undefined),
  address: canonical,
};
