import type { ReactNode } from "react";
import classes from "./console.module.css";

/** Something that is there for who wants it. */
export function Fold(props: { label: ReactNode; onToggle?: (opened: boolean) => void; children: ReactNode }) {
  return (
    <details className={classes.fold} onToggle={(event) => props.onToggle?.(event.currentTarget.open)}>
      <summary>{props.label}</summary>
      <div className={classes.folded}>{props.children}</div>
    </details>
  );
}
