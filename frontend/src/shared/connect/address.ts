import type { Schema } from "@/rpc";
import { useT } from "@/shared/i18n";
import { connectText } from "./text";

/** What belongs into the field for a base URL: most providers have one, some have a part of the caller's own in it. */
export function useAddressNote(): (of: Schema<"Provider"> | undefined) => string {
  const t = useT(connectText);
  return (of) => {
    if (!of || of.base_url) return t("ownAddress");
    return of.base_template ? t("template", { template: of.base_template }) : t("needsAddress");
  };
}
