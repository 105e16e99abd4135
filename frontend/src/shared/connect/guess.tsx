import { Button, Group, Text } from "@mantine/core";
import type { Schema } from "@/rpc";
import { useT } from "@/shared/i18n";
import { guessProvider } from "./keys";
import { connectText } from "./text";

interface GuessProps {
  secret: string;
  /** The provider that is chosen; may be empty. */
  provider: string;
  among: Schema<"Provider">[] | undefined;
  onUse: (provider: string) => void;
}

/** Says whose key it seems to be, where that is not who was chosen. */
export function KeyGuess(props: GuessProps) {
  const t = useT(connectText);
  const guess = guessProvider(props.secret);
  const like = props.among?.find((one) => one.id === guess);
  const chosen = props.among?.find((one) => one.id === props.provider);
  if (!like || like === chosen) return null;
  // One vendor's key opens several of its presets.
  if (like.token_issuer && like.token_issuer === chosen?.token_issuer) return null;
  return (
    <Group gap="xs" role="status">
      <Text size="sm">{t("like", { name: like.name })}</Text>
      <Button size="compact-sm" variant="light" onClick={() => props.onUse(like.id)}>
        {t("use", { name: like.name })}
      </Button>
    </Group>
  );
}
