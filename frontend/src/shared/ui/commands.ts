import type { ComponentType } from "react";

/** Something that can be done from anywhere: in the palette, some by keys too. */
export interface Command {
  id: string;
  /** In the language of the moment. */
  label: () => string;
  /** More words to find it by. */
  keywords?: string;
  icon?: ComponentType<{ size?: number | string }>;
  /** Keys in order, e.g. "g u" or "n"; works outside of fields. */
  keys?: string;
  run: (go: (path: string, search?: Record<string, string>) => void) => void;
}
