import { texts } from "@/shared/i18n";

export const tinyText = texts(
  "tiny",
  {
    model: "Model",
    test: "Test with one tiny completion",
    note: "One question for one word, or one tiny embedding. The vendor may charge a small part of a cent.",
  },
  {
    model: "模型",
    test: "用一次极小的补全测试",
    note: "只问一个词，或做一次极小的嵌入。提供商可能收取极少的费用。",
  },
);
