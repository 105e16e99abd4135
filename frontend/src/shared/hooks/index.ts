import { useEffect, useRef, useState } from "react";

/** The time of the moment, in milliseconds, moving on every interval. */
export function useNow(interval = 1000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), interval);
    return () => clearInterval(timer);
  }, [interval]);
  return now;
}

/** True once something has lasted: what is quick shows no spinner. */
export function useSlow(busy: boolean, after = 150): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    setSlow(false);
    if (!busy) return;
    const timer = setTimeout(() => setSlow(true), after);
    return () => clearTimeout(timer);
  }, [busy, after]);
  return slow;
}

/** A value after it has rested, for searching while somebody types. */
export function useRested<T>(value: T, ms = 200): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return rested;
}

const drafts = "headwater.draft.";

/**
 * Keeps what somebody has typed into a form until it is saved or given up:
 * a lost line, another page or a reload takes nothing away. Never use it for
 * secrets; leave those fields out of values.
 */
export function useDraft<T extends object>(
  name: string,
  values: T,
  restore: (draft: T) => void,
): { forget(): void } {
  const started = useRef(false);
  const restoreRef = useRef(restore);
  restoreRef.current = restore;
  useEffect(() => {
    const kept = sessionStorage.getItem(drafts + name);
    if (kept) restoreRef.current(JSON.parse(kept) as T);
    started.current = false;
  }, [name]);
  const text = JSON.stringify(values);
  useEffect(() => {
    // The first values are those the form opened with, not something typed.
    if (started.current) sessionStorage.setItem(drafts + name, text);
    started.current = true;
  }, [name, text]);
  return { forget: () => sessionStorage.removeItem(drafts + name) };
}
