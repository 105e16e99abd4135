export function RoutesPage() {
  return null;
}
export function RoutePage() {
  return null;
}
