import { PasswordInput, Textarea } from "@mantine/core";
import type { Schema } from "@/rpc";
import { texts, useT } from "@/shared/i18n";

export const secretText = texts(
  "secret",
  {
    note: "Kept encrypted, never shown again.",
    google:
      "The JSON key of a service account, from which access tokens are made and renewed, or an access token of your own.",
    entra:
      "An API key, or a client of Microsoft Entra, from which access tokens are made and renewed: TENANT:CLIENT_ID:CLIENT_SECRET, or JSON with tenant_id, client_id and client_secret.",
    bedrock:
      "A Bedrock API key, or ACCESS_KEY_ID:SECRET_ACCESS_KEY, with :SESSION_TOKEN behind it for temporary keys.",
  },
  {
    note: "加密保存，之后不再显示。",
    google: "服务账号的 JSON 密钥（由它生成并更新访问令牌），或您自己的访问令牌。",
    entra:
      "API 密钥，或 Microsoft Entra 客户端（由它生成并更新访问令牌）：TENANT:CLIENT_ID:CLIENT_SECRET，或含 tenant_id、client_id 和 client_secret 的 JSON。",
    bedrock: "Bedrock API 密钥，或 ACCESS_KEY_ID:SECRET_ACCESS_KEY；临时密钥在其后加 :SESSION_TOKEN。",
  },
);

type Form = "google" | "entra" | "bedrock";

/** What a provider takes beside a plain key; undefined for most. */
export function secretForm(
  provider?: Pick<Schema<"Provider">, "token_issuer" | "dialect">,
): Form | undefined {
  if (provider?.token_issuer) return provider.token_issuer;
  return provider?.dialect === "bedrock" ? "bedrock" : undefined;
}

export interface SecretFieldProps {
  label: string;
  /** The provider that the secret is for; undefined while it is not known. */
  provider: Schema<"Provider"> | undefined;
  value: string;
  onChange: (secret: string) => void;
  /** In place of the usual note that it is kept encrypted. */
  note?: string;
  error?: string | undefined;
  required?: boolean;
  autoFocus?: boolean;
}

/** Where a key goes in. A provider whose keys come as a file gets room for one. */
export function SecretField(props: SecretFieldProps) {
  const t = useT(secretText);
  const form = secretForm(props.provider);
  const field = {
    label: props.label,
    description: [form ? t(form) : "", props.note ?? t("note")].filter(Boolean).join(" "),
    required: props.required ?? false,
    error: props.error,
    autoComplete: "off",
    maxLength: 8192,
    value: props.value,
    ...(props.autoFocus ? { "data-autofocus": true } : {}),
  };
  if (props.provider?.token_issuer) {
    return (
      <Textarea
        {...field}
        rows={4}
        spellCheck={false}
        styles={{ input: { fontFamily: "monospace", WebkitTextSecurity: "disc" } as object }}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      />
    );
  }
  return <PasswordInput {...field} onChange={(event) => props.onChange(event.currentTarget.value.trim())} />;
}
