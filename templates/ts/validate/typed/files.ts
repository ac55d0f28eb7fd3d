/** Files, as fields of Django REST Framework and of drf-extra-fields read them. Only the server judges their content. */

import type { Members } from '../json.js';
import type { Files } from '../run.js';
import * as faults from './fault.js';
import { str, typeOf, type Shape } from './shape.js';

/** Parts of three bytes in base64, and a last one with padding. */
const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

/** Reads what stands for a file: base64, which may be in a `data:` URL, or the answer to an upload. */
export const files: Files = (field, schema, shape, nullable) => {
  if (shape.is === 'null') return nullable ? null : faults.isNull();
  if (field === 'FilePathField') return path(schema, shape);
  if (shape.is !== 'text') {
    const text = "Invalid type. This is not an base64 string: <class '{input_type}'>";
    return faults.refuse('invalid', text, { input_type: typeOf(shape) });
  }
  if (shape.text === '') {
    if (schema['allow_blank'] === true) return '';
    return nullable ? null : faults.refuse('empty', 'The submitted file is empty.');
  }
  if (shape.text.startsWith('upload:')) return shape.text;
  const at = shape.text.indexOf(';base64,');
  const content = shape.text.slice(at < 0 ? 0 : at + ';base64,'.length).replace(/[ \t\n\f\r]/g, '');
  if (content === '') return faults.refuse('empty', 'The submitted file is empty.');
  const kind = field === 'ImageField' ? 'image' : 'file';
  return BASE64.test(content) ? shape.text : faults.invalid(`Please upload a valid ${kind}.`);
};

/** Reads a path of the server's files. Only the server knows which there are. */
function path(schema: Members, shape: Shape): unknown {
  if (shape.is === 'text' && (shape.text !== '' || schema['allow_blank'] === true)) return shape.text;
  return faults.refuse('invalid_choice', '"{input}" is not a valid path choice.', { input: str(shape) });
}
