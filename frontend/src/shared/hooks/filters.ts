import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

/** Filters, tabs and selection live in the address: a link shows the same thing to somebody else. */
export type Filters = Record<string, string>;

/** The address' search part, and a way to change it; an empty value leaves it out. */
export function useFilters(): [
  Filters,
  (change: Record<string, string | undefined>, push?: boolean) => void,
] {
  const filters = useSearch({ strict: false }) as Filters;
  const navigate = useNavigate();
  const set = useCallback(
    (change: Record<string, string | undefined>, push = false) => {
      void navigate({
        to: ".",
        replace: !push,
        search: ((before: Filters) =>
          Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value))) as never,
      });
    },
    [navigate],
  );
  return [filters, set];
}
