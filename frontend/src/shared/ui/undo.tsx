import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useCallback, useEffect, useRef } from "react";
import { useT } from "@/shared/i18n";
import { uiText } from "./text";

/** Long enough to notice a slip. */
const shownFor = 15_000;

/**
 * Says what was done and offers to take it back: the latest deed alone, and
 * only while what it was done to is on the screen.
 */
export function useUndo(): (words: string, undo: () => void) => void {
  const shown = useRef<string>(undefined);
  const hide = useCallback(() => {
    if (shown.current) notifications.hide(shown.current);
    shown.current = undefined;
  }, []);
  useEffect(() => hide, [hide]);
  return useCallback(
    (words, undo) => {
      hide();
      const take = () => {
        hide();
        undo();
      };
      shown.current = notifications.show({
        message: <Offer words={words} onUndo={take} />,
        autoClose: shownFor,
        withCloseButton: false,
      });
    },
    [hide],
  );
}

function Offer(props: { words: string; onUndo: () => void }) {
  const t = useT(uiText);
  return (
    <Group justify="space-between" wrap="nowrap" gap="sm">
      <Text size="sm" className="hw-break">
        {props.words}
      </Text>
      <Button size="compact-sm" variant="default" style={{ flexShrink: 0 }} onClick={props.onUndo}>
        {t("undo")}
      </Button>
    </Group>
  );
}
