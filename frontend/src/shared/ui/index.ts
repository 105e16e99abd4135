export * from "./controls";
export * from "./page";
export * from "./rows";
export * from "./snippets";
export * from "./teststeps";
