export { RoutePage } from "./detail";
export { RoutesPage } from "./list";
