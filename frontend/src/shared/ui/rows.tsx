import { Box, Button, Group, Text, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type CSSProperties,
  type KeyboardEvent,
  memo,
  type ReactNode,
  useEffect,
  useRef,
  useState,
} from "react";
import { number } from "@/shared/format";
import { useT } from "@/shared/i18n";
import classes from "./rows.module.css";
import { uiText } from "./text";

export interface Column<Row> {
  id: string;
  header: string;
  /** A CSS grid track, e.g. "2fr" or "120px". Default "1fr". */
  width?: string;
  align?: "right";
  /** Left out where the list is narrow (a small window, a zoomed one). */
  wide?: true;
  cell: (row: Row) => ReactNode;
}

interface RowsProps<Row> {
  label: string;
  rows: Row[];
  columns: Column<Row>[];
  keyOf: (row: Row) => string;
  /** What opens a row; Enter and a click do it. */
  onOpen?: (row: Row) => void;
  /** Loads the next page; undefined when there is none. */
  more?: (() => void) | undefined;
  total?: number | undefined;
  selected?: string | undefined;
  rowHeight?: number;
}

/**
 * A list of any length: only what is visible is in the page. Arrows or j and k
 * move, Enter opens, Home and End jump.
 */
export function Rows<Row>(props: RowsProps<Row>) {
  const t = useT(uiText);
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const height = props.rowHeight ?? 44;
  const virtual = useVirtualizer({
    count: props.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
  });
  const tracks = (columns: Column<Row>[]) =>
    columns.map((column) => `minmax(0, ${column.width ?? "1fr"})`).join(" ");
  const template = {
    "--wide": tracks(props.columns),
    "--narrow": tracks(props.columns.filter((column) => !column.wide)),
  } as CSSProperties;
  const { more } = props;
  const last = virtual.getVirtualItems().at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= props.rows.length - 20) more();
  }, [more, last, props.rows.length]);

  const move = (to: number) => {
    const next = Math.max(0, Math.min(props.rows.length - 1, to));
    setActive(next);
    virtual.scrollToIndex(next);
  };
  const onKey = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowDown: active + 1,
      j: active + 1,
      ArrowUp: active - 1,
      k: active - 1,
      Home: 0,
      End: props.rows.length - 1,
      PageDown: active + 10,
      PageUp: active - 10,
    };
    const to = steps[event.key];
    const row = props.rows[active];
    if (to !== undefined) move(to);
    else if (event.key === "Enter" && row && event.target === event.currentTarget) props.onOpen?.(row);
    else return;
    event.preventDefault();
  };

  return (
    <Box className={classes.frame}>
      <div
        className={classes.table}
        style={template}
        role="table"
        aria-label={props.label}
        aria-rowcount={props.total ?? props.rows.length}
      >
        <div role="rowgroup" className={classes.header}>
          <div role="row" className={classes.row}>
            {props.columns.map((column) => (
              <div role="columnheader" key={column.id} data-align={column.align} data-wide={column.wide}>
                {column.header}
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
          onKeyDown={onKey}
          aria-label={props.label}
        >
          <div role="presentation" style={{ height: virtual.getTotalSize(), position: "relative" }}>
            {virtual.getVirtualItems().map((item) => {
              const row = props.rows[item.index];
              if (row === undefined) return null;
              const key = props.keyOf(row);
              return (
                <Line
                  key={key}
                  row={row}
                  columns={props.columns as Column<unknown>[]}
                  index={item.index}
                  start={item.start}
                  height={height}
                  active={item.index === active}
                  selected={key === props.selected}
                  activate={setActive}
                  onOpen={props.onOpen as ((row: unknown) => void) | undefined}
                />
              );
            })}
          </div>
        </div>
      </div>
      <Group justify="space-between" className={classes.footer}>
        <Text size="xs" c="dimmed" aria-live="polite">
          {t("shown", { shown: number(props.rows.length), total: number(props.total ?? props.rows.length) })}
        </Text>
        {props.more ? (
          <Button size="compact-xs" variant="subtle" onClick={props.more}>
            {t("loadMore")}
          </Button>
        ) : null}
      </Group>
    </Box>
  );
}

interface LineProps {
  row: unknown;
  columns: Column<unknown>[];
  index: number;
  start: number;
  height: number;
  active: boolean;
  selected: boolean;
  activate: (index: number) => void;
  onOpen: ((row: unknown) => void) | undefined;
}

/** One row. Scrolling draws those that come into sight, and leaves the others as they are. */
const Line = memo(function Line(props: LineProps) {
  const { row, index, onOpen } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter is handled by the list
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes.row}
      data-active={props.active || undefined}
      data-selected={props.selected || undefined}
      data-opens={onOpen ? true : undefined}
      style={{
        height: props.height,
        position: "absolute",
        insetInline: 0,
        transform: `translateY(${props.start}px)`,
      }}
      onClick={() => {
        props.activate(index);
        onOpen?.(row);
      }}
    >
      {props.columns.map((column) => (
        <div role="cell" key={column.id} data-align={column.align} data-wide={column.wide}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
});

/** The search over a list: `/` brings the cursor here. */
export function SearchField(props: { value: string; onChange: (value: string) => void; label?: string }) {
  const t = useT(uiText);
  const input = useRef<HTMLInputElement>(null);
  useHotkeys([["/", () => input.current?.focus()]]);
  const label = props.label ?? t("search");
  return (
    <TextInput
      ref={input}
      type="search"
      value={props.value}
      placeholder={label}
      aria-label={label}
      maxLength={200}
      leftSection={<IconSearch size={16} aria-hidden />}
      onChange={(event) => props.onChange(event.currentTarget.value)}
      w={260}
      maw="100%"
    />
  );
}

/** What a thing is called: the name that is used, and beside it the title for people. */
export function Named(props: { name: string; title?: string | undefined }) {
  return (
    <>
      <span>{props.name}</span>
      {props.title && props.title !== props.name ? (
        <Text span size="xs" c="dimmed" ml="xs">
          {props.title}
        </Text>
      ) : null}
    </>
  );
}
