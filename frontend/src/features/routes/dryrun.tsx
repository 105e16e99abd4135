export function DryRun(_: { route: unknown }) {
  return null;
}
