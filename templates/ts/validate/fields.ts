import type { ReadFields } from './run.js';
export const fields: ReadFields = () => undefined;
