/** The formats of JSON Schema 2020-12, where they are asserted. */

import { ipv4, ipv6 } from './address.js';
import { isHostname, isIdnHostname } from './hostname.js';
import type { Formats } from './run.js';

/** Returns the message for a text that does not match a format. */
export const formats: Formats = (format, text) => {
  if (!Object.hasOwn(FORMATS, format)) return undefined;
  const [matches, message] = FORMATS[format] as Format;
  return matches(text) ? undefined : message;
};

type Format = readonly [matches: (text: string) => boolean, message: string];

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/i;
const DURATION =
  /^P(?:\d+W|(?=.)(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)?(?:T(?=.)(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S))?)$/;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/u;
const RELATIVE_POINTER = /^(?:0|[1-9]\d*)(?:#$|(?=\/|$))(.*)$/su;
const VARIABLE = '(?:[A-Za-z0-9_]|%[\\dA-Fa-f]{2})(?:\\.?(?:[A-Za-z0-9_]|%[\\dA-Fa-f]{2}))*(?::[1-9]\\d{0,3}|\\*)?';
const TEMPLATE = new RegExp(
  `^(?:[!#$&'()*+,\\-./0-9:;=?@A-Z\\[\\]_a-z~\\u00A0-\\uD7FF\\uE000-\\uFDCF\\uFDF0-\\uFFEF\\u{10000}-\\u{10FFFF}]|%[\\dA-Fa-f]{2}|` +
    `\\{[+#./;?&=,!@|]?${VARIABLE}(?:,${VARIABLE})*\\})*$`,
  'u',
);

function isDate(text: string): boolean {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return days !== undefined && day >= 1 && day <= days;
}

function isTime(text: string): boolean {
  const found = TIME.exec(text);
  if (found === null) return false;
  const [hour, minute, second, hours, minutes] = [1, 2, 3, 5, 6].map((part) => Number(found[part] ?? 0)) as [
    number, number, number, number, number,
  ];
  if (hour > 23 || minute > 59 || second > 60 || hours > 23 || minutes > 59) return false;
  // A leap second is the last second of a day in UTC.
  const offset = (hours * 60 + minutes) * (found[4] === '-' ? -1 : 1);
  return second < 60 || (hour * 60 + minute - offset + 2 * 1440) % 1440 === 1439;
}

const isIpv4 = (text: string): boolean => ipv4(text) !== undefined;
const isIpv6 = (text: string): boolean => ipv6(text) !== undefined;

const ATOM = "[!#$%&'*+\\-/=?^_`{|}~0-9A-Za-z]";
const emails = (beyond: string): RegExp => {
  const atom = `(?:${ATOM}${beyond})+`;
  return new RegExp(`^(${atom}(?:\\.${atom})*|"(?:[ !#-\\[\\]-~]${beyond}|\\\\[ -~])*")@(.+)$`, 'su');
};
const EMAIL = emails('');
const IDN_EMAIL = emails('|[\\u{80}-\\u{10FFFF}]');

function isEmail(pattern: RegExp, isHost: (text: string) => boolean): (text: string) => boolean {
  return (text) => {
    const [, user, host] = pattern.exec(text) ?? [];
    if (user === undefined || host === undefined || new TextEncoder().encode(user).length > 64) return false;
    const literal = /^\[(?:(IPv6:)(.*)|(.*))\]$/is.exec(host);
    if (literal === null) return isHost(host);
    return literal[1] === undefined ? isIpv4(literal[3] as string) : isIpv6(literal[2] as string);
  };
}

const PART = "[\\w.~!$&'()*+,;=:@\\-]|%[\\dA-Fa-f]{2}";
/** The characters that IRIs allow beyond those of URIs (RFC 3987), and those that only their queries allow. */
const BEYOND = '\\u{A0}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFEF}' + beyond();
const PRIVATE = '\\u{E000}-\\u{F8FF}\\u{F0000}-\\u{FFFFD}\\u{100000}-\\u{10FFFD}';

/**
 * Returns the planes 1 to 14, without their last two code points and without the code points from U+E0000 to U+E0FFF.
 */
function beyond(): string {
  const planes = Array.from({ length: 14 }, (_, index) => (index + 1).toString(16));
  return planes.map((plane) => `\\u{${plane}${plane === 'e' ? '1' : '0'}000}-\\u{${plane}FFFD}`).join('');
}

interface References {
  readonly part: RegExp;
  readonly query: RegExp;
  readonly fragment: RegExp;
  readonly user: RegExp;
  readonly host: RegExp;
}

const references = (beyond: string, secret: string): References => ({
  part: new RegExp(`^(?:${PART}|[/${beyond}])*$`, 'u'),
  query: new RegExp(`^(?:${PART}|[/?${beyond}${secret}])*$`, 'u'),
  fragment: new RegExp(`^(?:${PART}|[/?${beyond}])*$`, 'u'),
  user: new RegExp(`^(?:[\\w.~!$&'()*+,;=:\\-${beyond}]|%[\\dA-Fa-f]{2})*$`, 'u'),
  host: new RegExp(`^(?:[\\w.~!$&'()*+,;=\\-${beyond}]|%[\\dA-Fa-f]{2})*$`, 'u'),
});
const URI = references('', '');
const IRI = references(BEYOND, PRIVATE);

/** Returns a test for references by RFC 3986, section 3, and RFC 3987, section 2.2. */
function isReference(of: References, absolute: boolean): (text: string) => boolean {
  return (text) => {
    const [, scheme, authority, path = '', query = '', fragment = ''] =
      /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/su.exec(text) ?? [];
    if (scheme === undefined ? absolute : !/^[a-z][a-z\d+.\-]*$/i.test(scheme)) return false;
    if (authority !== undefined && !isAuthority(of, authority)) return false;
    return of.part.test(path) && of.query.test(query) && of.fragment.test(fragment);
  };
}

function isAuthority(of: References, authority: string): boolean {
  const at = authority.lastIndexOf('@');
  const [user, place] = [authority.slice(0, Math.max(at, 0)), authority.slice(at + 1)];
  const [, literal, host, port = ''] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/su.exec(place) ?? [];
  if (!of.user.test(user) || !/^\d*$/.test(port)) return false;
  if (literal !== undefined) return isIpv6(literal) || /^v[\da-f]+\.[\w.~!$&'()*+,;=:\-]+$/i.test(literal);
  return host !== undefined && of.host.test(host);
}

function isRegex(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

const wrong = (kind: string, form: string): string =>
  `${kind} has wrong format. Use one of these formats instead: ${form}.`;
const CLOCK = 'hh:mm:ss[.uuuuuu](Z|+HH:MM|-HH:MM)';
const NO_EMAIL = 'Enter a valid email address.';
const NO_NAME = 'Enter a valid domain name.';

const FORMATS: { readonly [format: string]: Format } = {
  date: [isDate, wrong('Date', 'YYYY-MM-DD')],
  time: [isTime, wrong('Time', CLOCK)],
  'date-time': [
    (text) => isDate(text.slice(0, 10)) && /^t$/i.test(text.slice(10, 11)) && isTime(text.slice(11)),
    wrong('Datetime', `YYYY-MM-DDT${CLOCK}`),
  ],
  duration: [(text) => DURATION.test(text), wrong('Duration', 'P[nY][nM][nW][nD][T[nH][nM][nS]]')],
  email: [isEmail(EMAIL, isHostname), NO_EMAIL],
  'idn-email': [isEmail(IDN_EMAIL, (text) => isIdnHostname(text.normalize('NFC'))), NO_EMAIL],
  hostname: [isHostname, NO_NAME],
  'idn-hostname': [isIdnHostname, NO_NAME],
  ipv4: [isIpv4, 'Enter a valid IPv4 address.'],
  ipv6: [isIpv6, 'Enter a valid IPv6 address.'],
  uuid: [(text) => UUID.test(text), 'Must be a valid UUID.'],
  uri: [isReference(URI, true), 'Enter a valid URL.'],
  'uri-reference': [isReference(URI, false), 'Enter a valid uri-reference.'],
  iri: [isReference(IRI, true), 'Enter a valid iri.'],
  'iri-reference': [isReference(IRI, false), 'Enter a valid iri-reference.'],
  'uri-template': [(text) => TEMPLATE.test(text), 'Enter a valid uri-template.'],
  'json-pointer': [(text) => POINTER.test(text), 'Enter a valid json-pointer.'],
  'relative-json-pointer': [
    (text) => POINTER.test(RELATIVE_POINTER.exec(text)?.[1] ?? '-'),
    'Enter a valid relative-json-pointer.',
  ],
  regex: [isRegex, 'Enter a valid regex.'],
};
