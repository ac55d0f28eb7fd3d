/** Optimistic changes: they are shown before the server has answered, and taken back if it refuses them. */

import type { Live } from './live.js';
import { SETTLE, type LiveView } from './live-view.js';
import { put, remove, same } from './rows.js';
import { isObject } from './scalars.js';
import type { Overlay } from './snapshot.js';

/** A change of one row. */
interface Patch<Row, Key> {
  key: Key;
  change: (row: Row | undefined) => Row | null | undefined;
  /** Whether the server has answered: then the next event of the row ends the patch. */
  answered: boolean;
  /** The answer, if it is a row. */
  row?: Row;
  /** Whether the rows that are being read have the change. */
  read: boolean;
  /** The row before the change, and after it, so that it stays the same object. */
  made?: readonly [Row | undefined, Row | null | undefined];
}

/**
 * Shows a change of a row at once, until the server has told of it, and takes it back if `answer` rejects. Returns the
 * answer. Several changes of a row are shown one over the other, each until its own answer.
 *
 * @param key the key of the row; that of a row which is being created may be any other value until the server answers.
 * @param change returns the row with the change: `(row) => row && { ...row, done: true }`; nothing deletes it.
 * @param answer the answer. If it is the row itself, it is shown in the place of the change.
 */
export async function optimistic<Row, Key, Answer>(
  live: Live<Row, Key>,
  key: Key,
  change: (row: Row | undefined) => Row | null | undefined,
  answer: Promise<Answer>,
): Promise<Answer> {
  const { view } = live;
  const patches = (view.overlay ??= new Patches(view)) as Patches<Row, Key>;
  const patch: Patch<Row, Key> = { key, change, answered: false, read: false };
  patches.add(patch);
  let answered: Answer;
  try {
    answered = await answer;
  } catch (error) {
    patches.remove(patch);
    throw error;
  }
  patches.settle(patch, answered);
  return answered;
}

/** The changes of the rows of a view that the server has not told of, in the order in which they were made. */
class Patches<Row, Key> implements Overlay<Row, Key> {
  #patches: Patch<Row, Key>[] = [];

  constructor(private readonly view: LiveView<Row, Key>) {}

  add(patch: Patch<Row, Key>): void {
    this.#patches.push(patch);
    this.view.change();
  }

  remove(patch: Patch<Row, Key>): void {
    this.#keep((other) => other !== patch);
  }

  /** Shows an answer until the server tells of it; if it does not, the rows are read again. */
  settle(patch: Patch<Row, Key>, answer: unknown): void {
    const { key } = this.view.options;
    patch.answered = true;
    if (isObject(answer) && key(answer as Row) !== undefined) {
      const row = answer as Row;
      delete patch.made;
      Object.assign(patch, { key: key(row), change: () => row, row });
      // The server has told of it already.
      if (this.view.has(row)) return this.remove(patch);
    }
    this.view.change();
    setTimeout(() => {
      if (this.#patches.includes(patch)) this.view.reload();
    }, SETTLE);
  }

  /** A row whose place only the server knows keeps its place, or comes last. */
  show(told: readonly Row[]): readonly Row[] {
    const by = this.view.options;
    const rows = [...told];
    for (const patch of this.#patches) {
      const { key } = patch;
      const before = rows.find((row) => by.key(row) === key);
      if (patch.made === undefined || patch.made[0] !== before) patch.made = [before, patch.change(before)];
      const after = patch.made[1];
      if (after === null || after === undefined) remove(rows, key, by);
      else if (!put(rows, after, by, true) && before === undefined) rows.push(after);
    }
    return rows;
  }

  /** An event ends the answers that it contains; one that no answer equals was caused by another change, and ends all. */
  told(key: Key, row: unknown): void {
    const own = this.#patches.filter((patch) => patch.key === key && patch.answered);
    const at = own.findIndex((patch) => same(patch.row, row));
    const ended = new Set(at < 0 ? own : own.slice(0, at + 1));
    this.#keep((patch) => !ended.has(patch));
  }

  reading(): void {
    for (const patch of this.#patches) patch.read = patch.answered;
  }

  loaded(): void {
    this.#keep((patch) => !patch.read);
  }

  clear(): void {
    this.#keep(() => false);
  }

  #keep(which: (patch: Patch<Row, Key>) => boolean): void {
    this.#patches = this.#patches.filter(which);
    this.view.change();
  }
}
