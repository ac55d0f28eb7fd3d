/** Texts as `CharField` of Django REST Framework and its subclasses read them. */

import type { Members } from '../json.js';
import type { Forms } from '../run.js';
import { blank, fault, invalid, Refusal, type Fault } from './fault.js';
import { float, strip, type Shape } from './shape.js';

const NO_IP = 'Enter a valid IPv4 or IPv6 address.';

/** Reads a text: trims it, and accepts a blank one only where that is allowed. */
export function text(schema: Members, shape: Shape, drf: boolean, forms: Forms | undefined): string | Refusal {
  if (['ip', 'ipv4', 'ipv6'].includes(schema['format'] as string)) return ip(schema, shape, drf, forms);
  if (shape.is === 'float') return float(Number(shape.text));
  if (shape.is !== 'text' && shape.is !== 'integer') return notAText(schema, forms);
  const read = trimmed(schema, shape.text, drf);
  return drf && read === '' && schema['allow_blank'] !== true ? blank() : read;
}

function trimmed(schema: Members, text: string, drf: boolean): string {
  const whole = text.replace(/\p{Surrogate}/gu, '\ufffd');
  return drf && schema['trim_whitespace'] !== false ? strip(whole) : whole;
}

function ip(schema: Members, shape: Shape, drf: boolean, forms: Forms | undefined): string | Refusal {
  if (shape.is !== 'text') return invalid(NO_IP);
  const [read, format] = [trimmed(schema, shape.text, drf), schema['format']];
  if (drf && read === '') return schema['allow_blank'] === true ? '' : blank();
  // With a colon it can only be an IPv6 address, which DRF reads before anything is trimmed.
  if (drf && shape.text.includes(':') && format !== 'ipv4') return forms?.address(format, shape.text) ?? invalid(NO_IP);
  return forms?.address(format, read) ?? read;
}

/**
 * Returns the field's own `invalid` error; fields for addresses, slugs and patterns have one message for all values
 * that are not texts.
 */
function notAText(schema: Members, forms: Forms | undefined): Refusal {
  const pattern = schema['x-field'] === 'RegexField' ? 'This value does not match the required pattern.' : undefined;
  return invalid(forms?.of(schema['format'])?.noText ?? pattern ?? 'Not a valid string.');
}

/** Returns the error of a text that does not match its form. */
export function formFault(schema: Members, text: string, forms: Forms | undefined): Fault | undefined {
  const form = forms?.of(schema['format']);
  return form === undefined || form.matches(text) ? undefined : fault(form.code, form.message);
}
