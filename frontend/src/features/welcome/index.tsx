/** The way in: no contact, sign-in, first run. */
export interface WelcomeProps {
  /** There is no administrator yet. */
  setupNeeded: boolean;
  /** False until the service has said whether there is one. */
  known: boolean;
  /** The first run is under way, also after the administrator was made. */
  running: boolean;
  onDone: () => void;
}

export default function Welcome(_: WelcomeProps) {
  return null;
}
