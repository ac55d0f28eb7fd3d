// Prints what the generated client of the chat costs a page: bundled, minified, compressed.

import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

const package_ = '../../generated/chat/client/src';
const client = `${package_}/index.ts`;
const budget = 13_800;
/** Of the core for a page with one live view. */
const coreBudget = 9_950;
/**
 * Of what holds values against schemas: all of it, what all inputs of the chat and JSON Schema take, the interpreter of
 * JSON Schema alone, and what two inputs of the chat take.
 */
const validators = { all: 22_600, usual: 17_600, alone: 6_700, chat: 11_400 };

async function size(title, contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true, minify: true, format: 'esm', target: 'es2022', write: false,
  });
  const [{ contents: bytes, text }] = outputFiles;
  const zipped = gzipSync(bytes, { level: 9 }).length;
  console.log(`${title}: ${bytes.length} bytes, ${zipped} with gzip`);
  return { zipped, text };
}

const { zipped: all } = await size('the whole client', `export * from '${client}';`);
const chat = await size('the client of the chat alone', `export { ChatClient } from '${client}';`);
const live = `export { Client, Live, byInteger, byText, orderOf } from '${package_}/core/index.ts';`;
const { zipped: one, text: ofOne } = await size('the core with one live view', live);
const { zipped: errors } = await size('its errors alone', `import { NotFound } from '${client}'; console.log(NotFound);`);
const some = `export * from '${package_}/validate.ts';`;
const parts = `export { calendar, decimals, files, forms, relations, strptime } from '${package_}/validate/index.ts';`;
const { zipped: everything } = await size('all validators', some + parts);
const { zipped: usual } = await size('all validators of the chat, and those of JSON Schema', some);
const { zipped: alone } = await size('JSON Schema alone', `export { validator } from '${package_}/validate.ts';`);
const chats = `export { createMessageInput, roomCreate } from '${package_}/validate.ts';`;
const { zipped: held, text: ofChat } = await size('two validators of the chat', chats);
if (everything > validators.all || usual > validators.usual || alone > validators.alone || held > validators.chat) {
  throw new Error('what holds values against schemas is larger than it may be');
}
if (/relative-json-pointer|\?<days>|Enter a valid URL|This name is not allowed|decimal places|Invalid value/.test(ofChat) || /validator|x-reading/.test(chat.text)) {
  throw new Error('what is not used is not left out');
}
if (one > coreBudget) throw new Error(`the core is larger than ${coreBudget} bytes`);
if (/cursor|BigInt\(digits|Infinity,nothing/.test(ofOne)) throw new Error('what is not used is not left out');
if (all > budget) throw new Error(`the client is larger than ${budget} bytes`);
// It orders rows by texts and integers: how bytes are compared is of no use to it.
const unused = chat.text.includes('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');
if (errors * 5 > all || unused) throw new Error('what is not used is not left out');
