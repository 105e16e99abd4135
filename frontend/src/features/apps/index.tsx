export function AppsPage() {
  return null;
}
export function AppPage() {
  return null;
}
