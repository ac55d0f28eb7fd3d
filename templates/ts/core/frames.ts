/** Frames of the display: what happens within one frame is told once. */

/** The longest wait, in milliseconds: a page that is not shown has no frames. */
const HIDDEN = 100;

/** Returns a function that calls `then` in the next frame; where there is no display, after 16 milliseconds. */
export function inFrame(then: () => void): () => void {
  const { requestAnimationFrame: request, cancelAnimationFrame: cancel } = globalThis as Partial<typeof globalThis>;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    if (timer !== undefined) return;
    let frame = 0;
    const once = (): void => {
      clearTimeout(timer);
      timer = undefined;
      cancel?.(frame);
      then();
    };
    timer = setTimeout(once, request === undefined ? 16 : HIDDEN);
    if (request !== undefined) frame = request(once);
  };
}
