/** Short words for the document. */

import { words } from './words.js';

/** The element with this id. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`there is no #${id}`);
  return element as E;
}

/** A new element with a text, or with others in it. */
export function make(name: string, content: string | readonly Node[], properties: { className?: string } = {}): HTMLElement {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...(typeof content === 'string' ? [content] : content));
  return element;
}

/** Runs a form's work when it is sent: its button waits meanwhile, and what goes wrong is said in its place. */
export function onSubmit(form: HTMLFormElement, work: (data: FormData) => Promise<void>): void {
  const place = form.querySelector<HTMLElement>('.error');
  const button = form.querySelector('button');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (place === null || button === null || button.disabled) return;
    place.textContent = '';
    button.disabled = true;
    work(new FormData(form))
      .catch((error: unknown) => {
        place.textContent = words(error);
      })
      .finally(() => {
        button.disabled = false;
      });
  });
}

/** A field of a form, as text. */
export function field(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === 'string' ? value : '';
}
