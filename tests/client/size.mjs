// Prints what the generated client of the chat costs a page: bundled, minified, compressed.

import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

const client = '../../generated/chat/client/src/index.ts';
const budget = 10_000;

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
const { zipped: errors } = await size('its errors alone', `import { NotFound } from '${client}'; console.log(NotFound);`);
if (all > budget) throw new Error(`the client is larger than ${budget} bytes`);
// It orders rows by texts and integers: how bytes are compared is of no use to it.
const unused = chat.text.includes('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');
if (errors * 5 > all || unused) throw new Error('what is not used is not left out');
