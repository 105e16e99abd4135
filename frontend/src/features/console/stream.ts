// Cuts a stream into its payloads, wherever the network has cut it before.

/** Server-sent events (WHATWG HTML, section 9.2) or one JSON value a line. */
export type Framing = "sse" | "ndjson" | "none";

/** How an answer is framed, by its content type. */
export function framingOf(contentType: string | undefined): Framing {
  const kind = (contentType ?? "").split(";")[0]?.trim().toLowerCase();
  if (kind === "text/event-stream") return "sse";
  return kind === "application/x-ndjson" ? "ndjson" : "none";
}

/** Takes text in pieces and gives the data of each event that is complete. */
export class Cutter {
  private rest = "";
  private data: string[] = [];

  constructor(private readonly framing: "sse" | "ndjson") {}

  feed(text: string): string[] {
    // A CR at the end may be half of a line end: it waits for the other half.
    this.rest += text;
    const held = this.rest.endsWith("\r") ? "\r" : "";
    const lines = this.rest.slice(0, this.rest.length - held.length).split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? "") + held;
    return lines.flatMap((line) => this.line(line));
  }

  /** What a stream leaves behind whose last line has no end. */
  end(): string[] {
    const last = this.rest.replace(/\r$/, "");
    this.rest = "";
    return [...(last ? this.line(last) : []), ...this.dispatch()];
  }

  private line(line: string): string[] {
    if (this.framing === "ndjson") return line.trim() ? [line] : [];
    if (line === "") return this.dispatch();
    if (line.startsWith("data:")) this.data.push(line.slice(line[5] === " " ? 6 : 5));
    return [];
  }

  private dispatch(): string[] {
    if (this.data.length === 0) return [];
    const whole = this.data.join("\n");
    this.data = [];
    return [whole];
  }
}
