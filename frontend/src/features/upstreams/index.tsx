export function UpstreamsPage() {
  return null;
}
export function UpstreamPage() {
  return null;
}
