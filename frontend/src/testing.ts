// What the component library asks of a browser and jsdom does not have.
import { afterEach, vi } from "vitest";

if (typeof window !== "undefined") {
  Object.defineProperty(window, "matchMedia", {
    writable: true,
    value: (query: string) => ({
      matches: false,
      media: query,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
      addListener: () => undefined,
      removeListener: () => undefined,
    }),
  });
  class ResizeObserver {
    observe() {}
    unobserve() {}
    disconnect() {}
  }
  window.ResizeObserver = ResizeObserver;
  // Lists draw what is visible; without a layout everything would be invisible.
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, value: 600 });
  Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, value: 1000 });
  // What grows with its text asks when the fonts are there.
  Object.defineProperty(document, "fonts", { configurable: true, value: new EventTarget() });
  window.scrollTo = () => undefined;
  Element.prototype.scrollIntoView = () => undefined;
}
afterEach(() => vi.restoreAllMocks());
