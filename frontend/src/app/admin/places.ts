import {
  IconActivity,
  IconApps,
  IconBooks,
  IconFlame,
  IconHome,
  IconRoute,
  IconServer2,
  IconSettings,
  IconTestPipe,
} from "@tabler/icons-react";

/** The screens of the window, in the order of the navigation. */
export const places = [
  { to: "/", key: "home", icon: IconHome, keys: "g h" },
  { to: "/upstreams", key: "upstreams", icon: IconServer2, keys: "g u" },
  { to: "/routes", key: "routes", icon: IconRoute, keys: "g r" },
  { to: "/catalogue", key: "catalogue", icon: IconBooks, keys: "g c" },
  { to: "/apps", key: "apps", icon: IconApps, keys: "g p" },
  { to: "/calls", key: "calls", icon: IconActivity, keys: "g l" },
  { to: "/console", key: "console", icon: IconTestPipe, keys: "g t" },
  { to: "/drills", key: "drills", icon: IconFlame, keys: "g d" },
  { to: "/settings", key: "settings", icon: IconSettings, keys: "g s" },
] as const;
