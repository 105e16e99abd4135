/** Puts the keyboard where it goes on, once that is drawn. */
export function focusOn(form: HTMLFormElement | null, what: string): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>(what)?.focus());
}

/** The first field in which something is wrong. */
export const wrong = '[aria-invalid="true"], [data-error]';
