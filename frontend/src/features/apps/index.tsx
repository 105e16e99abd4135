export { AppPage } from "./detail";
export { AppsPage } from "./list";
