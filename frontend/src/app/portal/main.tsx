import "./portal.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { texts, useLanguage, useT } from "@/shared/i18n";

const portalText = texts(
  "portal",
  {
    title: "Nothing is published here yet",
    why: "This is where your team will find the APIs it may use, ask for access to them and read how to call them. Your administrator publishes them.",
    language: "Language",
  },
  {
    title: "这里还没有发布任何内容",
    why: "您的团队将在这里查找可用的 API、申请访问权限并阅读调用说明。内容由管理员发布。",
    language: "语言",
  },
);

function Portal() {
  const t = useT(portalText);
  const [language, setLanguage] = useLanguage();
  return (
    <main>
      <h1>{t("title")}</h1>
      <p>{t("why")}</p>
      <nav aria-label={t("language")}>
        {(
          [
            ["en", "English", "en"],
            ["zh", "中文", "zh-CN"],
          ] as const
        ).map(([id, label, lang]) => (
          <button
            key={id}
            type="button"
            lang={lang}
            aria-pressed={language === id}
            onClick={() => setLanguage(id)}
          >
            {label}
          </button>
        ))}
      </nav>
    </main>
  );
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Portal />
    </StrictMode>,
  );
}
