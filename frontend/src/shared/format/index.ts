// Numbers, sizes and times as people of the page's language write them.

import { locale } from "@/shared/i18n";

/** 12345 as 12,345. */
export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

/** 2 as 2nd; in Chinese the words around it say so. */
export function ordinal(value: number): string {
  if (locale() !== "en-GB") return number(value);
  const endings = { one: "st", two: "nd", few: "rd", other: "th", zero: "th", many: "th" };
  return `${number(value)}${endings[new Intl.PluralRules("en", { type: "ordinal" }).select(value)]}`;
}

/** 0.973 as 97.3 %. */
export function percent(value: number, digits = 1): string {
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: digits }).format(value);
}

/** Milliseconds as 0.8 ms, 340 ms, 2.4 s or 3 min 20 s. */
export function duration(ms: number): string {
  if (ms < 10) return `${number(ms, 1)} ms`;
  if (ms < 1000) return `${number(ms)} ms`;
  if (ms < 60_000) return `${number(ms / 1000, 1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** A set time as people say it, in the largest unit that it is a whole number of: 1 day, 90 s, 250 ms. */
export function span(ms: number): string {
  const day = 86_400_000;
  if (ms >= day && ms % day === 0) {
    const days = { style: "unit", unit: "day", unitDisplay: "long" } as const;
    return new Intl.NumberFormat(locale(), days).format(ms / day);
  }
  const units = [
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1000],
  ] as const;
  const [unit, size] = units.find(([, one]) => ms >= one && ms % one === 0) ?? ["ms", 1];
  return `${number(ms / size)} ${unit}`;
}

/** US dollars as $0.0042, $1.24 or $1,240.00: small sums keep two digits that mean something. */
export function dollars(value: number): string {
  const digits = value === 0 || value >= 1 ? { maximumFractionDigits: 2 } : { maximumSignificantDigits: 2 };
  return new Intl.NumberFormat(locale(), {
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    ...digits,
  }).format(value);
}

/** A price for a million tokens, exactly: $0.075, $1.25 or $10. */
export function price(usd: number): string {
  const exactly = {
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: 0,
    maximumFractionDigits: 6,
  } as const;
  return new Intl.NumberFormat(locale(), exactly).format(usd);
}

/** Bytes as 812 B, 12.4 KiB, 3.1 MiB. */
export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let n = value;
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit++;
  }
  return `${number(n, unit === 0 ? 0 : 1)} ${units[unit]}`;
}

/** A point in time on this machine's clock: 14:02:11, with the date unless it is today. */
export function moment(at: string | number | Date): string {
  const date = new Date(at);
  const today = new Date().toDateString() === date.toDateString();
  return new Intl.DateTimeFormat(locale(), {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
    ...(today ? {} : { year: "numeric", month: "2-digit", day: "2-digit" }),
  }).format(date);
}

/** The time of day alone, to the minute: 14:02. */
export function clock(at: string | number | Date): string {
  const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat(locale(), parts).format(new Date(at));
}

/** The same moment in UTC, for the hover. */
export function utc(at: string | number | Date): string {
  return new Date(at).toISOString().replace("T", " ").replace("Z", " UTC");
}

/** How long ago, or until: "2 min ago", "in 8 s". */
export function relative(at: string | number | Date, now = Date.now()): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1000);
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" });
  const size = Math.abs(seconds);
  if (size < 60) return format.format(seconds, "second");
  if (size < 3600) return format.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return format.format(Math.round(seconds / 3600), "hour");
  return format.format(Math.round(seconds / 86_400), "day");
}
