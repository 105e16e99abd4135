export function JobsButton() {
  return null;
}
