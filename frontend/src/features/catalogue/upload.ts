// A file on its way to the service: packed, because a line takes messages of a
// few megabytes only, and in base64.

/** The most that a line takes of a file, packed. */
export const mostPacked = 3_000_000;

const packedAlready = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b;

async function pack(bytes: ArrayBuffer): Promise<ArrayBuffer> {
  if (packedAlready(new Uint8Array(bytes)) || typeof CompressionStream === "undefined") return bytes;
  const { body } = new Response(bytes);
  return body ? new Response(body.pipeThrough(new CompressionStream("gzip"))).arrayBuffer() : bytes;
}

function read(blob: Blob, how: "readAsArrayBuffer" | "readAsDataURL"): Promise<string | ArrayBuffer> {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result ?? "");
    reader.onerror = () => failed(reader.error);
    reader[how](blob);
  });
}

/** The file in base64; undefined when it is too large even packed. */
export async function packed(file: Blob): Promise<string | undefined> {
  const bytes = await pack((await read(file, "readAsArrayBuffer")) as ArrayBuffer);
  if (bytes.byteLength > mostPacked) return undefined;
  const url = (await read(new Blob([bytes]), "readAsDataURL")) as string;
  return url.slice(url.indexOf(",") + 1);
}
