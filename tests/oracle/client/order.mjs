// Orders rows as the generated client does: it takes the client's own modules, as they are emitted, and asks them.
//
// It reads a line of JSON after the other from its input and answers each by one:
//
//   {"files": {"src/index.ts": "…", …}, "consumer": "RoomConsumer"}     from now on this is the client    -> {}
//   {"rows": ["{…}", …], "orders": [["-a"], …], "drift": null}     rows as they came over the wire
//                                                            -> {"orders": [[2, 0, 1], null, …]}
//
// An order is null where the client says that only the server knows. The only argument is a package.json, in whose
// packages esbuild is.

import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { posix } from 'node:path';

const { build } = createRequire(process.argv[2])('esbuild');

/** The consumer whose live rows are ordered. */
let consumer;

/** What stands for live rows: only what they are compared by is of interest, and no connection is made. */
const LIVE = `
  export * from './actual-live.js';
  export class Live {
    constructor(options) { this.options = options; }
    static shared(endpoint, of, request, make) { return new Live(make()); }
  }`;

/** Bundles modules out of memory and loads what they export. */
async function load(files, name) {
  const [path] = Object.entries(files).find(([, text]) => text.includes(`export class ${name} `)) ?? [];
  if (path === undefined) throw new Error(`no module exports the class ${name}`);
  const memory = {
    name: 'memory',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path, importer }) => {
        if (importer !== '' && !path.startsWith('.')) return { path, external: true };
        const whole = posix.join(posix.dirname(importer), path).replace(/\.js$/, '.ts');
        return { path: whole, namespace: 'memory' };
      });
      onLoad({ filter: /.*/, namespace: 'memory' }, ({ path }) => {
        const actual = path.replace('core/actual-live.ts', 'core/live.ts');
        const contents = path === 'src/core/live.ts' ? LIVE : files[actual];
        return contents === undefined ? { errors: [{ text: `no module ${path}` }] } : { contents, loader: 'ts' };
      });
    },
  };
  const options = { bundle: true, write: false, format: 'esm', target: 'es2022', logLevel: 'error', plugins: [memory] };
  const { outputFiles } = await build({ ...options, entryPoints: [path] });
  const module = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);
  return new module[name](undefined);
}

/** The client's own comparison of rows, for what a client may say of the order. */
function comparison(order) {
  const { compare } = consumer.live(order.length === 0 ? {} : { order_by: order }).options;
  if (compare === undefined) throw new Error('live rows are not compared');
  return compare;
}

/** What is wrong on purpose, to see that it is noticed: what a drift says of two values goes before the client's order. */
const DRIFTS = {
  utf16: (a, b) => (typeof a === 'string' && typeof b === 'string' ? plain(a, b) : undefined),
  texts: (a, b) => (typeof a === 'string' && typeof b === 'string' ? plain(a, b) : undefined),
  nullsLast: (a, b) => ((a === null) === (b === null) ? undefined : a === null ? 1 : -1),
};

const plain = (a, b) => (a === b ? 0 : a < b ? -1 : 1);

function drifted(order, drift) {
  const terms = order.map((field) => [field.replace(/^-/, ''), field.startsWith('-') ? -1 : 1, comparison([field])]);
  const whole = comparison(order);
  return (a, b) => {
    for (const [name, sign, own] of terms) {
      const difference = drift(a[name], b[name]);
      if (difference === 0) continue;
      return difference === undefined ? own(a, b) : sign * difference;
    }
    return whole(a, b);
  };
}

function ordered(rows, order, drift) {
  const compare = drift === null ? comparison(order) : drifted(order, DRIFTS[drift]);
  let unknown = false;
  const positions = rows.map((_, index) => index);
  positions.sort((a, b) => {
    const difference = compare(rows[a], rows[b]);
    unknown ||= Number.isNaN(difference);
    return difference;
  });
  return unknown ? null : positions;
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const request = JSON.parse(line);
    if (request.files !== undefined) {
      consumer = await load(request.files, request.consumer);
      answer = {};
    } else {
      const rows = request.rows.map((text) => JSON.parse(text));
      answer = { orders: request.orders.map((order) => ordered(rows, order, request.drift)) };
    }
  } catch (error) {
    answer = { error: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
