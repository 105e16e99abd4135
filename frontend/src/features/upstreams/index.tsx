export { UpstreamPage } from "./detail";
export { UpstreamsPage } from "./list";
