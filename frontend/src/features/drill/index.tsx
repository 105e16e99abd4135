export { DrillPage } from "./detail";
export { DrillsPage } from "./list";
