export { CataloguePage } from "./list";
