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
  const [{ contents: bytes }] = outputFiles;
  const zipped = gzipSync(bytes, { level: 9 }).length;
  console.log(`${title}: ${bytes.length} bytes, ${zipped} with gzip`);
  return zipped;
}

const all = await size('the whole client', `export * from '${client}';`);
const errors = await size('its errors alone', `import { NotFound } from '${client}'; console.log(NotFound);`);
if (all > budget) throw new Error(`the client is larger than ${budget} bytes`);
if (errors * 5 > all) throw new Error('what is not used is not left out');
