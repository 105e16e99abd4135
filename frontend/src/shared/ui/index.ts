export * from "./conflict";
export * from "./controls";
export * from "./history";
export * from "./mark";
export * from "./page";
export * from "./rows";
export * from "./snippets";
export * from "./teststeps";
export { uiText } from "./text";
