import { Box, Text } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { Schema } from "@/rpc";
import { duration, moment, number } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { mapText } from "@/shared/map";
import { answererOf } from "./answer";
import classes from "./list.module.css";
import type { Tail, TailView } from "./tail";
import { callText } from "./text";

type Call = Schema<"Call">;
const rowHeight = 30;

interface ListProps {
  tail: Tail;
  view: TailView;
  onOpen: (call: Call) => void;
  more: (() => void) | undefined;
}

/** The rows that can be seen, and nothing else; scrolling away from the top pauses. */
export function CallList({ tail, view, onOpen, more }: ListProps) {
  const t = useT(callText);
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const virtual = useVirtualizer({
    count: view.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= view.count - 10) more();
  }, [more, last, view.count]);

  const onScroll = () => {
    if ((scroller.current?.scrollTop ?? 0) > rowHeight) tail.pause();
  };
  const onKey = (event: KeyboardEvent) => {
    const to = { ArrowDown: active + 1, j: active + 1, ArrowUp: active - 1, k: active - 1, Home: 0 }[
      event.key
    ];
    const chosen = tail.at(active);
    if (to !== undefined) {
      const next = Math.max(0, Math.min(view.count - 1, to));
      setActive(next);
      // Who walks the rows wants them to hold still.
      tail.pause();
      virtual.scrollToIndex(next);
    } else if (event.key === "Enter" && chosen) onOpen(chosen);
    else return;
    event.preventDefault();
  };
  const heads = ["time", "app", "model", "answered", "status", "first", "total", "tokens"] as const;
  const onlyWide = ["app", "answered", "first", "tokens"];
  return (
    <Box className={classes.frame} role="table" aria-label={t("title")} aria-rowcount={view.count}>
      <div role="rowgroup" className={classes.head}>
        <div role="row" className={classes.row}>
          {heads.map((head) => (
            <div
              role="columnheader"
              key={head}
              data-head={head}
              data-wide={onlyWide.includes(head) || undefined}
            >
              {t(head)}
            </div>
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        ref={scroller}
        className={classes.scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the rows are walked with the keyboard from here
        tabIndex={0}
        aria-label={t("title")}
        onScroll={onScroll}
        onKeyDown={onKey}
      >
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {items.map((item) => {
            const call = tail.at(item.index);
            return call ? (
              // The place is the key: while calls stream in, rows keep their
              // elements and only their texts change.
              <Row
                key={item.index}
                call={call}
                index={item.index}
                top={item.start}
                active={item.index === active}
                onOpen={() => {
                  setActive(item.index);
                  onOpen(call);
                }}
              />
            ) : null;
          })}
        </div>
      </div>
    </Box>
  );
}

function kindOf(call: Call): "bad" | "refused" | "later" | "good" {
  if (call.status >= 500 || call.interrupted) return "bad";
  if (call.status >= 400) return "refused";
  return call.status === 202 ? "later" : "good";
}

interface RowProps {
  call: Call;
  index: number;
  top: number;
  active: boolean;
  onOpen: () => void;
}

function Row({ call, index, top, active, onOpen }: RowProps) {
  const t = useT(callText);
  const kinds = useT(mapText);
  // A step that asks nobody is not a try.
  const tries = call.attempts.filter((attempt) => !attempt.kind).length;
  const marks = [
    tries > 1 ? t("tries", { count: tries }) : "",
    (call.tier ?? 1) > 1 ? t("tier", { n: call.tier ?? 0 }) : "",
    call.attempts.some((attempt) => attempt.drill) ? t("drilled") : "",
    call.status === 202 ? t("later") : "",
    call.interrupted ? t("cut") : "",
  ].filter(Boolean);
  const kind = kindOf(call);
  const signs = { bad: "✕", refused: "!", later: "…", good: "✓" };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter is handled by the list
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes.row}
      data-active={active || undefined}
      style={{ height: rowHeight, transform: `translateY(${top}px)` }}
      onClick={onOpen}
    >
      <div role="cell" className={classes.figures}>
        {moment(call.started_at)}
      </div>
      <div role="cell" data-wide>
        {call.app ?? "–"}
      </div>
      <div role="cell">{call.asked ?? "–"}</div>
      <div role="cell" data-wide>
        {answererOf(kinds, call)}
      </div>
      <div role="cell" data-kind={kind}>
        <Text span size="sm" className={classes.status} data-kind={kind}>
          {signs[kind]} {call.status}
        </Text>
        {marks.length > 0 ? ` · ${marks.join(" · ")}` : ""}
      </div>
      <div role="cell" className={classes.right} data-wide>
        {call.first_byte_ms ? duration(call.first_byte_ms) : "–"}
      </div>
      <div role="cell" className={classes.right}>
        {duration(call.total_ms)}
      </div>
      <div role="cell" className={classes.right} data-wide>
        <span title={call.tokens_estimated ? t("estimated") : undefined}>
          {call.tokens_estimated ? "~" : ""}
          {number((call.tokens_in ?? 0) + (call.tokens_out ?? 0))}
        </span>
      </div>
    </div>
  );
}
