// Faults that are put into the core on purpose: the storms have to find each of them.

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build } from 'esbuild';

const core = join(import.meta.dirname, '../../../templates/ts/core');

/** Each changes a text of a file, which has to be there. */
export const faults = [
  {
    name: 'a walk of pages without overlap',
    file: 'pages.ts', from: '  let overlap = 1;', to: '  let overlap = 0;',
  },
  {
    name: 'a walk that takes a gap for the end of what it knows',
    file: 'pages.ts', from: 'if (known === 0 && from > first && overlap > 0)', to: 'if (false as boolean)',
  },
  {
    name: 'rows that are read before they are subscribed to',
    file: 'live-view.ts', from: "if (current()) this.#go('subscribed');", to: '',
    also: { from: '    this.#ask();\n  }\n\n  get status', to: "    this.#ask();\n    this.#go('subscribed');\n  }\n\n  get status" },
  },
  {
    name: 'events that arrive during a read are forgotten',
    file: 'live-view.ts', from: 'this.#apply(this.#meanwhile)', to: 'this.#apply([])',
  },
  {
    name: 'a gap during a read is forgotten',
    file: 'states.ts', from: 'subscribed: rereading, gap: rereading,', to: '',
  },
  {
    name: 'a window that is not refilled',
    file: 'live-view.ts', from: 'certain && (this.#whole || rows.length > limit)', to: 'certain',
  },
  {
    name: 'a window that takes the last row it knows for the last one',
    file: 'rows.ts', from: 'if (whole || place < rows.length)', to: 'if (true as boolean)',
  },
  {
    name: 'a window that grows',
    file: 'live-view.ts', from: 'all.slice(0, limit)', to: 'all.slice(0)',
  },
  {
    name: 'rows of a search that are never read again',
    file: 'live-view.ts', from: '        certain = false;\n', to: '',
  },
  {
    name: 'a row that stays where it was',
    file: 'rows.ts', from: 'compare(before, now) === 0', to: 'true as boolean',
  },
  {
    name: 'no resync after a reconnect',
    file: 'subscription.ts', from: "if (again && !this.resumed && this.#state === 'live') this.#told({ action: 'resync', data: null });", to: 'void again;',
  },
  {
    name: 'a subscription that is not asked for again after a failure',
    file: 'states.ts', from: "due: 'pending', retry: 'pending' },", to: '},',
  },
  {
    name: 'an unsubscription that is not tried again',
    file: 'subscription.ts', from: 'this.#retry.again(() => void this.#lift({}).catch(() => undefined));', to: 'this.#gone();',
  },
  {
    name: 'a subscription that ends without telling the server',
    file: 'subscription.ts', from: 'this.#lift({}).catch((failure: unknown) => this.report(failure));', to: 'this.#gone();',
  },
  {
    name: 'a failure that is final although it is not',
    file: 'errors.ts', from: 'error.status in CLASSES', to: '(error.status in CLASSES || error.status === 429)',
    also: { from: 'export function isFinal(error: unknown): boolean {', to: 'export function isFinal(error: unknown): boolean {\n  if (error instanceof TimedOut) return true;' },
  },
  {
    name: 'a view that does not read again after a failure',
    file: 'states.ts', from: "loaded: 'live', unread: waiting }", to: "loaded: 'live' }",
  },
  {
    name: 'a retry that does nothing after a refusal',
    file: 'states.ts', from: "failed: { ...tries, refused: 'failed', asked: asking },", to: "failed: { refused: 'failed', close: closed },",
  },
  {
    name: 'no sign of life is asked for',
    file: 'connection.ts', from: 'if (heartbeat !== false) this.#limit', to: 'if (false as boolean) this.#limit',
  },
  {
    name: 'an optimistic change that stays when it is refused',
    file: 'optimistic.ts', from: '    patches.remove(patch);\n', to: '',
  },
  {
    name: 'an optimistic change that stays when the server has told of it',
    file: 'live-view.ts', from: 'this.overlay?.told(key, event.data);', to: '', also: { from: 'this.overlay?.loaded();', to: '' },
  },
  {
    name: 'rows that are other objects after each read',
    file: 'rows.ts', from: 'return before !== undefined && same(before, now) ? before : now;', to: 'return now;',
  },
  {
    name: 'several notifications in a frame',
    file: 'frames.ts', from: '    if (timer !== undefined) return;', to: '',
  },
  {
    name: 'rows that are shared and not closed by the last one',
    file: 'live.ts', from: 'if (used.users > 0) return;', to: 'if (used.users >= 0) return;',
  },
  {
    name: 'rows of another user that are still shown',
    file: 'live-view.ts', from: 'if (forget) {', to: 'if (false as boolean) {',
  },
  {
    name: 'a connection that is not opened again',
    file: 'states.ts', from: 'waiting: { connect: preparing, reconnect: preparing, refused, due: preparing, close: closed },', to: 'waiting: { connect: preparing, reconnect: preparing, refused, close: closed },',
  },
];

/** Bundles the storms with the core, or with a core that has a fault. Returns the path of the module. */
export async function bundled(fault) {
  const outfile = join(mkdtempSync(join(tmpdir(), 'dcrf-storm-')), 'storm.mjs');
  const contents = `
    export { storm } from ${JSON.stringify(join(import.meta.dirname, 'storm.ts'))};
    export * as core from ${JSON.stringify(join(core, 'index.ts'))};`;
  const faulty = {
    name: 'fault',
    setup: ({ onLoad }) =>
      onLoad({ filter: /templates\/ts\/core\/.*\.ts$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        if (fault === undefined || path !== join(core, fault.file)) return { contents: text, loader: 'ts' };
        if (!text.includes(fault.from)) throw new Error(`${fault.file} does not contain: ${fault.from}`);
        const { from, to, also } = fault;
        if (also !== undefined && !text.includes(also.from)) throw new Error(`${fault.file} does not contain: ${also.from}`);
        // A function, because `$` has a meaning in a text.
        const once = text.replace(from, () => to);
        return { contents: also === undefined ? once : once.replace(also.from, () => also.to), loader: 'ts' };
      }),
  };
  await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true, format: 'esm', platform: 'node', target: 'node20', outfile, plugins: [faulty], logLevel: 'error',
  });
  return outfile;
}
