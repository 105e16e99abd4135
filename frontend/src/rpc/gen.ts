// Code generated from openapi.json by npm run gen; DO NOT EDIT.

export interface paths {
    "/api/v1/apps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List apps */
        get: operations["apps.list"];
        put?: never;
        /** Create one of the apps */
        post: operations["apps.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/apps/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one of the apps */
        get: operations["apps.get"];
        put?: never;
        post?: never;
        /** Delete one of the apps */
        delete: operations["apps.delete"];
        options?: never;
        head?: never;
        /** Change one of the apps */
        patch: operations["apps.update"];
        trace?: never;
    };
    "/api/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Walk the whole audit chain */
        get: operations["audit.verify"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Search the call log, newest first */
        get: operations["calls.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/calls/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download calls as JSON lines */
        get: operations["calls.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/calls/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one call with its attempts */
        get: operations["calls.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/capabilities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What live checks showed of each model, newest first */
        get: operations["capabilities.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/capabilities/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The runs of live checks of one model, newest first and without the single checks */
        get: operations["capabilities.history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/capabilities/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run of live checks with all of them */
        get: operations["capabilities.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalog": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which facts about providers and models are in force */
        get: operations["catalog.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalog/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a file of facts would change; nothing is changed */
        post: operations["catalog.preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalog/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a file of facts in force */
        post: operations["catalog.refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/catalog/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go back to the facts that came with the program */
        post: operations["catalog.reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The history of the configuration, newest first */
        get: operations["changes.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/condition": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Say whether a condition holds for a call; nothing is sent */
        get: operations["routes.condition"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The configuration as a file */
        get: operations["config.export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/config/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Bring the configuration to what a file says, all of it or nothing */
        post: operations["config.apply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/config/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What applying a file would change */
        post: operations["config.diff"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/console": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a call in the name of an app and wait for its whole answer; over a socket the answer comes in pieces */
        post: operations["console.send"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/credentials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List credentials */
        get: operations["credentials.list"];
        put?: never;
        /** Create one of the credentials */
        post: operations["credentials.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/credentials/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one of the credentials */
        get: operations["credentials.get"];
        put?: never;
        post?: never;
        /** Delete one of the credentials */
        delete: operations["credentials.delete"];
        options?: never;
        head?: never;
        /** Change one of the credentials */
        patch: operations["credentials.update"];
        trace?: never;
    };
    "/api/v1/drills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List fire drills, newest first */
        get: operations["drills.list"];
        put?: never;
        /** Rehearse a fault in the traffic of a scope; it ends by itself */
        post: operations["drills.start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/drills/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one fire drill with its report */
        get: operations["drills.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/drills/{id}/abort": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a fire drill at once */
        post: operations["drills.abort"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Say which targets a call would be offered to now; nothing is sent */
        get: operations["routes.explain"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The health of every target */
        get: operations["health.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How health has changed, newest first */
        get: operations["health.history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health/strip": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How each upstream did over the last day */
        get: operations["health.strip"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health/upstreams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the targets and keys of each upstream come to */
        get: operations["health.upstreams"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List long work, newest first */
        get: operations["jobs.list"];
        put?: never;
        /** Start long work; it goes on without whoever asked for it */
        post: operations["jobs.start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one job with its report */
        get: operations["jobs.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask a job to end */
        post: operations["jobs.cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List keys */
        get: operations["keys.list"];
        put?: never;
        /** Create one of the keys */
        post: operations["keys.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one of the keys */
        get: operations["keys.get"];
        put?: never;
        post?: never;
        /** Delete one of the keys */
        delete: operations["keys.delete"];
        options?: never;
        head?: never;
        /** Change one of the keys */
        patch: operations["keys.update"];
        trace?: never;
    };
    "/api/v1/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List members */
        get: operations["members.list"];
        put?: never;
        /** Create one of the members */
        post: operations["members.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/members/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one of the members */
        get: operations["members.get"];
        put?: never;
        post?: never;
        /** Delete one of the members */
        delete: operations["members.delete"];
        options?: never;
        head?: never;
        /** Change one of the members */
        patch: operations["members.update"];
        trace?: never;
    };
    "/api/v1/model-facts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything that is known of one model, and where it comes from */
        get: operations["models.show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Search the models of the catalogue, own facts included */
        get: operations["models.list"];
        put?: never;
        /** Create one of the models */
        post: operations["models.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/models/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one of the models */
        get: operations["models.get"];
        put?: never;
        post?: never;
        /** Delete one of the models */
        delete: operations["models.delete"];
        options?: never;
        head?: never;
        /** Change one of the models */
        patch: operations["models.update"];
        trace?: never;
    };
    "/api/v1/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The catalogue of providers */
        get: operations["providers.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/routes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List routes */
        get: operations["routes.list"];
        put?: never;
        /** Create one of the routes */
        post: operations["routes.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/routes/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one of the routes */
        get: operations["routes.get"];
        put?: never;
        post?: never;
        /** Delete one of the routes */
        delete: operations["routes.delete"];
        options?: never;
        head?: never;
        /** Change one of the routes */
        patch: operations["routes.update"];
        trace?: never;
    };
    "/api/v1/schedule-states": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Say when each schedule is due, and what came of its last time */
        get: operations["schedules.states"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List schedules */
        get: operations["schedules.list"];
        put?: never;
        /** Create one of the schedules */
        post: operations["schedules.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one of the schedules */
        get: operations["schedules.get"];
        put?: never;
        post?: never;
        /** Delete one of the schedules */
        delete: operations["schedules.delete"];
        options?: never;
        head?: never;
        /** Change one of the schedules */
        patch: operations["schedules.update"];
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List who is signed in */
        get: operations["sessions.list"];
        put?: never;
        /** Sign in */
        post: operations["sessions.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who I am */
        get: operations["sessions.current"];
        put?: never;
        post?: never;
        /** Sign out */
        delete: operations["sessions.end"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a session */
        delete: operations["sessions.revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the settings */
        get: operations["settings.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change the settings */
        patch: operations["settings.update"];
        trace?: never;
    };
    "/api/v1/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether there is an administrator yet */
        get: operations["setup.get"];
        put?: never;
        /** Make the first administrator and sign in */
        post: operations["setup.redeem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/setup/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a fresh setup code */
        post: operations["setup.renew"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What runs here, and whether callers can be served */
        get: operations["status.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List tenants */
        get: operations["tenants.list"];
        put?: never;
        /** Create one of the tenants */
        post: operations["tenants.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one of the tenants */
        get: operations["tenants.get"];
        put?: never;
        post?: never;
        /** Delete one of the tenants */
        delete: operations["tenants.delete"];
        options?: never;
        head?: never;
        /** Change one of the tenants */
        patch: operations["tenants.update"];
        trace?: never;
    };
    "/api/v1/traffic": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What callers got, up to now */
        get: operations["traffic.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upstreams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List upstreams */
        get: operations["upstreams.list"];
        put?: never;
        /** Create one of the upstreams */
        post: operations["upstreams.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upstreams/scan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Look for engines on this machine */
        post: operations["upstreams.scan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upstreams/scan/range": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start to look for engines on a private network; a job's report says what was found */
        post: operations["upstreams.scan_range"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upstreams/{ref}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get one of the upstreams */
        get: operations["upstreams.get"];
        put?: never;
        post?: never;
        /** Delete one of the upstreams */
        delete: operations["upstreams.delete"];
        options?: never;
        head?: never;
        /** Change one of the upstreams */
        patch: operations["upstreams.update"];
        trace?: never;
    };
    "/api/v1/upstreams/{ref}/certify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make live checks of a model as a job; they cost what the vendor takes */
        post: operations["upstreams.certify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upstreams/{ref}/certify/plan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say what live checks of a model would do and cost at most; nothing is spent */
        post: operations["upstreams.certify_plan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upstreams/{ref}/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask an upstream which models it has, and say what is known of each; it costs nothing */
        post: operations["upstreams.models"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upstreams/{ref}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask an upstream for its models and say how it went; with a model, also for one tiny completion, which the vendor may charge */
        post: operations["upstreams.test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Addresses: {
            /**
             * @description Where administration happens, host:port; absent when closed
             * @example 127.0.0.1:4101
             */
            admin?: string;
            /**
             * @description Where apps call, host:port; absent when closed
             * @example 127.0.0.1:4100
             */
            data?: string;
            /**
             * @description Where tenants serve themselves, host:port; absent when closed
             * @example 127.0.0.1:4102
             */
            portal?: string;
            /** @description Where administrators on other machines sign in, host:port over TLS; absent when closed */
            remote_admin?: string;
            /** @description SHA-256 of its certificate, hex */
            remote_admin_fingerprint?: string;
        };
        App: {
            /**
             * @description Who is served first when there is not enough for all; empty means critical
             * @enum {string}
             */
            criticality?: "critical_plus" | "critical" | "sheddable_plus" | "sheddable";
            id?: string;
            /**
             * @description Unique name within the tenant
             * @example crm
             */
            name: string;
            /**
             * @description Routes the app may ask for; a trailing * matches a beginning; none when empty
             * @example [
             *       "*"
             *     ]
             */
            routes: string[];
            /**
             * @description Operator's state; empty means enabled
             * @enum {string}
             */
            state?: "enabled" | "disabled";
            tenant?: string;
            /** @description Shown to people; empty means the name */
            title?: string;
            /** Format: date-time */
            updated_at?: string;
            updated_by?: string;
            /** Format: int64 */
            version?: number;
        };
        /** @description Fields to change: an absent one stays, null takes an optional one back to its default */
        AppPatch: {
            /**
             * @description Who is served first when there is not enough for all; empty means critical
             * @enum {string|null}
             */
            criticality?: "critical_plus" | "critical" | "sheddable_plus" | "sheddable" | null;
            id?: string | null;
            /**
             * @description Unique name within the tenant
             * @example crm
             */
            name?: string;
            /**
             * @description Routes the app may ask for; a trailing * matches a beginning; none when empty
             * @example [
             *       "*"
             *     ]
             */
            routes?: string[];
            /**
             * @description Operator's state; empty means enabled
             * @enum {string|null}
             */
            state?: "enabled" | "disabled" | null;
            tenant?: string | null;
            /** @description Shown to people; empty means the name */
            title?: string | null;
            /** Format: date-time */
            updated_at?: string | null;
            updated_by?: string | null;
            /** Format: int64 */
            version?: number | null;
        };
        Attempt: {
            cause?: string;
            class: string;
            /** Format: double */
            connect_ms?: number;
            /** @description A copy of the call that tested a target and answered nobody */
            copy?: boolean;
            /** Format: double */
            cost_usd?: number;
            credential?: string;
            /** @description Fault that a fire drill injected */
            drill?: string;
            /** Format: double */
            first_byte_ms?: number;
            /** Format: double */
            head_ms?: number;
            /** @description A second attempt beside one that was late */
            hedge?: boolean;
            /** @description Kind of the tier where it is not targets: cache, hold, deferred, scripted; condition where the tier was passed over because its condition could not be evaluated; capability where a target was, because it was certified without what the call needs */
            kind?: string;
            model: string;
            price?: components["schemas"]["Price"];
            probe?: boolean;
            /** Format: double */
            start_ms: number;
            /** Format: int64 */
            status?: number;
            target_id: string;
            /** Format: int64 */
            tier: number;
            tokens?: components["schemas"]["Tokens"];
            /** Format: double */
            total_ms: number;
            upstream: string;
        };
        AuditReport: {
            /**
             * Format: int64
             * @description Links that were checked
             */
            links: number;
            /** @description True when no link is missing or altered */
            ok: boolean;
            /** @description What was found */
            words: string;
        };
        AuthInput: {
            /** @description Token of a session, or the content of admin.token */
            token: string;
        };
        Call: {
            app?: string;
            asked?: string;
            attempts: components["schemas"]["Attempt"][];
            /** Format: int64 */
            bytes_in: number;
            /** Format: int64 */
            bytes_out: number;
            /** @description Caller's address without port */
            client?: string;
            /** @description Error code; empty when the call was answered */
            code?: string;
            /**
             * Format: double
             * @description What all attempts cost together, in US dollars, at the prices of then; absent when nothing or unknown
             */
            cost_usd?: number;
            dialect?: string;
            dropped?: string;
            endpoint?: string;
            error?: string;
            /** Format: double */
            first_byte_ms?: number;
            /** @description Request id, also in the X-Request-Id header */
            id: string;
            interrupted?: boolean;
            key_id?: string;
            model?: string;
            route?: string;
            /** Format: date-time */
            started_at: string;
            /** Format: int64 */
            status: number;
            stream?: boolean;
            tenant?: string;
            /** Format: int64 */
            tier?: number;
            /** Format: int64 */
            tokens_cached?: number;
            /** @description The upstream that answered told no counts: these are estimated */
            tokens_estimated?: boolean;
            /** Format: int64 */
            tokens_in?: number;
            /** Format: int64 */
            tokens_out?: number;
            /** Format: double */
            total_ms: number;
            upstream?: string;
        };
        CallPage: {
            /** @description The calls, newest first */
            items: components["schemas"]["Call"][];
            /** @description Send as cursor for the next page; absent on the last */
            next?: string;
            /** @description True when the search ran out of time; next goes on where it stopped */
            partial?: boolean;
        };
        CapabilityCheck: {
            /** @description Capability that routing goes by; absent where it does not */
            capability?: string;
            /**
             * Format: double
             * @description What it cost in US dollars
             */
            cost_usd?: number;
            /**
             * Format: double
             * @description How long it took
             */
            ms: number;
            /** @description Stable name of the check */
            name: string;
            /**
             * @description How it went
             * @enum {string}
             */
            outcome: "yes" | "no" | "unclear" | "skipped";
            /** @description Excerpt of the answer, where the check did not pass */
            seen?: string;
            /** @description What was seen */
            words: string;
            /** @description What was seen, as stable keys, sentence by sentence */
            words_said?: components["schemas"]["Said"][] | null;
        };
        CapabilityDrift: {
            /**
             * @description How it went now
             * @enum {string}
             */
            after: "yes" | "no" | "unclear" | "skipped";
            /**
             * @description How it went the time before
             * @enum {string}
             */
            before: "yes" | "no" | "unclear" | "skipped";
            /** @description Name of the check */
            check: string;
        };
        CapabilityRecord: {
            /** @description Base URL that was asked */
            address: string;
            /**
             * Format: date-time
             * @description When the run began
             */
            at: string;
            /**
             * Format: date-time
             * @description When the run before began
             */
            before?: string;
            /** @description The single checks */
            checks: components["schemas"]["CapabilityCheck"][];
            /**
             * Format: double
             * @description What they cost in US dollars, at the price of then
             */
            cost_usd: number;
            /** @description Name of the key that was used; absent for none */
            credential?: string;
            /** @description What differs from the run before */
            drift: components["schemas"]["CapabilityDrift"][];
            /** @description Identity of the record */
            id: string;
            /** @description Model that was asked */
            model: string;
            /**
             * Format: int64
             * @description Checks that failed
             */
            no: number;
            /** @description False when the catalogue has no price for the model */
            price_known: boolean;
            /** @description Catalogue id of the provider */
            provider: string;
            /**
             * Format: int64
             * @description Checks that were not made
             */
            skipped: number;
            /** @description Why the run ended early */
            stopped?: string;
            /** @description Why the run ended early, as stable keys, sentence by sentence */
            stopped_said?: components["schemas"]["Said"][] | null;
            /** @description Tokens that all checks used */
            tokens: components["schemas"]["Tokens"];
            /**
             * Format: double
             * @description How long it took
             */
            took_ms: number;
            /**
             * Format: int64
             * @description Checks that showed nothing
             */
            unclear: number;
            /** @description Name of the upstream */
            upstream: string;
            /** @description Identity of the upstream */
            upstream_id: string;
            /** @description Version of Headwater that made the checks */
            version: string;
            /**
             * Format: int64
             * @description Checks that passed
             */
            yes: number;
        };
        CatalogChange: {
            /** @description Price with the file */
            after?: components["schemas"]["Price"];
            /** @description Price before */
            before?: components["schemas"]["Price"];
            /** @description Facts that change */
            fields?: string[] | null;
            /** @description Name of the model */
            model: string;
            /** @description Catalogue id of the provider */
            provider: string;
            /**
             * @description What happens to the model
             * @enum {string}
             */
            what: "price" | "deprecated" | "removed" | "changed" | "added";
        };
        CatalogDiff: {
            /**
             * Format: int64
             * @description Models that are new
             */
            added: number;
            /** @description True when the file was put in force */
            applied: boolean;
            /** @description Day of the file's facts */
            as_of: string;
            /**
             * Format: int64
             * @description Models known before
             */
            before: number;
            /**
             * Format: int64
             * @description Models that changed otherwise
             */
            changed: number;
            /**
             * Format: int64
             * @description Models that are deprecated now
             */
            deprecated: number;
            /** @description SHA-256 of the file as it is kept */
            digest: string;
            /**
             * Format: int64
             * @description Generation of the configuration in force
             */
            generation: number;
            /** @description The changes one by one, 1000 at most: prices first, then deprecated, removed, changed and added models */
            items: components["schemas"]["CatalogChange"][];
            /**
             * Format: int64
             * @description Further changes
             */
            items_more?: number;
            /**
             * Format: int64
             * @description Providers that the file does not speak of; they keep their models
             */
            kept: number;
            /**
             * @description Layout of the file
             * @enum {string}
             */
            layout: "headwater" | "models.dev";
            /**
             * Format: int64
             * @description Models known with the file
             */
            models: number;
            /** @description Day of the facts that it is compared with */
            now: string;
            /** @description Providers with a change */
            providers: components["schemas"]["CatalogDiffProvider"][];
            /**
             * Format: int64
             * @description Models that are gone
             */
            removed: number;
            /**
             * Format: int64
             * @description Models with another price
             */
            repriced: number;
            /** @description What was not understood and is left out, 200 at most */
            skipped: components["schemas"]["CatalogSkip"][];
            /**
             * Format: int64
             * @description Further parts that were not understood
             */
            skipped_more?: number;
        };
        CatalogDiffProvider: {
            /**
             * Format: int64
             * @description Models that are new
             */
            added: number;
            /** @description Address of a provider that the file brings */
            address?: string;
            /** @description Address that an earlier file gave it, where that was another */
            before?: string;
            /**
             * Format: int64
             * @description Models that changed otherwise
             */
            changed: number;
            /**
             * Format: int64
             * @description Models that are deprecated now
             */
            deprecated: number;
            /** @description True when an earlier file brought the provider and this one does not */
            gone?: boolean;
            /**
             * Format: int64
             * @description Models it has with the file
             */
            models: number;
            /** @description Name of the provider */
            name: string;
            /** @description True when the file brings the provider */
            new?: boolean;
            /** @description Catalogue id */
            provider: string;
            /**
             * Format: int64
             * @description Models that are gone
             */
            removed: number;
            /**
             * Format: int64
             * @description Models with another price
             */
            repriced: number;
        };
        CatalogModel: {
            /** Format: int64 */
            context?: number;
            dialect?: string;
            family?: string;
            id: string;
            in?: string[] | null;
            kind?: string;
            knowledge?: string;
            /** Format: int64 */
            max_input?: number;
            /** Format: int64 */
            max_output?: number;
            name?: string;
            open_weights?: boolean;
            out?: string[] | null;
            price?: components["schemas"]["Price"];
            reasoning?: boolean;
            reasoning_options?: unknown;
            released?: string;
            schema?: boolean;
            status?: string;
            tiers?: components["schemas"]["PriceTier"][] | null;
            tools?: boolean;
            updated?: string;
        };
        CatalogSkip: {
            /** @description Model it belongs to */
            model?: string;
            /** @description Provider it belongs to */
            provider?: string;
            /** @description What was not understood */
            why: string;
        };
        CatalogState: {
            /**
             * @description Day of the facts in force
             * @example 2026-11-22
             */
            as_of: string;
            /** @description Day of the facts that came with this program */
            box_as_of: string;
            /** @description SHA-256 of the file as it is kept */
            digest?: string;
            /** @description Layout of the file */
            layout?: string;
            /** @description True when the file that should be in force cannot be read: the facts of the program are used */
            lost?: boolean;
            /**
             * Format: int64
             * @description Models that are known, own ones included
             */
            models: number;
            /**
             * Format: int64
             * @description Models that have own facts here
             */
            own: number;
            /**
             * Format: int64
             * @description Providers that are known
             */
            providers: number;
            /**
             * Format: date-time
             * @description When the file was put in force
             */
            refreshed_at?: string;
            /** @description Who put it in force */
            refreshed_by?: string;
            /**
             * @description Whether the facts in force came with the program or from a file
             * @enum {string}
             */
            source: "box" | "file";
        };
        CatalogUpload: {
            /** @description The file, plain or gzipped, in base64: at most 16 MiB, 64 MiB unpacked */
            file: string;
        };
        CertifyInput: {
            /** @description Name of the key to use; absent means the first that is in use */
            credential?: string;
            /**
             * Format: double
             * @description Most that the run may cost in US dollars; 0 means the plan's own bound. Where no price is known, the plan's tokens are the bound
             */
            max_cost_usd?: number;
            /** @description Model to ask, by the upstream's name for it */
            model: string;
        };
        CertifyPlan: {
            /** @description Checks that would be made */
            checks: string[];
            /** @description Name of the key that would be used */
            credential?: string;
            /**
             * Format: date-time
             * @description When it was certified before
             */
            last?: string;
            /**
             * Format: double
             * @description Most that it costs in US dollars; absent when no price is known
             */
            max_cost_usd?: number;
            /** @description Model that would be asked */
            model: string;
            /** @description Price in force; absent when none is known */
            price?: components["schemas"]["Price"];
            /**
             * Format: int64
             * @description Most requests to the upstream
             */
            requests: number;
            /** @description Checks that do not fit the model or the dialect */
            skipped: string[];
            /**
             * Format: int64
             * @description Most tokens sent, estimated
             */
            tokens_in: number;
            /**
             * Format: int64
             * @description Most tokens asked for
             */
            tokens_out: number;
            /** @description Name of the upstream */
            upstream: string;
        };
        Change: {
            /**
             * @description Operation that made it
             * @example routes.update
             */
            action: string;
            /** @description Who made it */
            actor: string;
            /**
             * Format: date-time
             * @description When the change was made
             */
            at: string;
            /**
             * Format: int64
             * @description Generation of the configuration that this change made
             */
            generation: number;
            /** @description Identity of the change */
            id: string;
            /** @description The documents it wrote */
            items: components["schemas"]["ChangeItem"][];
            /** @description Address the actor came from */
            remote?: string;
            /** @description The change as a sentence */
            summary?: string;
        };
        ChangeItem: {
            /** @description The document after; absent when it was deleted */
            after?: unknown;
            /** @description The document before; absent when it was created */
            before?: unknown;
            /** @description Identity of the document */
            doc_id: string;
            /** @description Kind of the document */
            kind: string;
            /** @description Name of the document after the change */
            name: string;
            /** @description Owning tenant; absent when it belongs to the installation */
            tenant?: string;
            /**
             * Format: int64
             * @description Version that was written, or removed
             */
            version: number;
        };
        ConditionResult: {
            /**
             * Format: int64
             * @description Column of what is wrong, from 1
             */
            column?: number;
            /** @description What is wrong with it, or why it could not be evaluated */
            error?: string;
            /** @description Whether it holds for the sample */
            holds: boolean;
            /**
             * Format: int64
             * @description Line of what is wrong, from 1
             */
            line?: number;
            /** @description True when the text is a condition */
            ok: boolean;
        };
        ConfigChanged: {
            actor: string;
            /** Format: int64 */
            generation: number;
            summary: string;
        };
        ConfigFile: {
            /** @description Also delete what is missing from a list that the file has */
            prune?: boolean;
            /** @description The file: a mapping with one list per noun */
            yaml: string;
        };
        ConfigText: {
            /** @description The configuration without its secrets, as apply accepts it */
            yaml: string;
        };
        ConsoleAnswer: {
            /** @description The body, where it is no text */
            bytes?: string;
            /** @description Id of the call in the log */
            call: string;
            /** @description The answer was longer than 4 MiB; the call was given up there */
            cut?: boolean;
            /** @description Header fields of the answer */
            headers: {
                [key: string]: string;
            };
            /**
             * Format: int64
             * @description HTTP status; 499 when there was no answer
             */
            status: number;
            /** @description The body, where it is text */
            text?: string;
        };
        ConsoleCancel: {
            /** @description Name under which the call was begun */
            subscription: string;
        };
        ConsoleEnd: {
            /** @description Id of the call in the log */
            call?: string;
            /** @description It was given up */
            canceled?: boolean;
            /** @description Why there was no call */
            problem?: components["schemas"]["ProblemDetails"];
        };
        ConsoleEvent: {
            /** @description A piece of the body; cut anywhere */
            bytes?: string;
            /** @description Set in the last event */
            end?: components["schemas"]["ConsoleEnd"];
            /** @description Header fields; only where the answer begins */
            headers?: {
                [key: string]: string;
            };
            /**
             * Format: int64
             * @description HTTP status; only where the answer begins
             */
            status?: number;
        };
        ConsoleInput: {
            /**
             * @description App in whose name the call is made: tenant/name, or its id
             * @example acme/crm
             */
            app: string;
            /** @description Body, as text */
            body?: string;
            /** @description Further header fields; no credentials */
            headers?: {
                [key: string]: string;
            };
            /** @description Key of the app that the call shall count as shown, by name or id; absent means none */
            key?: string;
            /**
             * @description HTTP method; absent means POST with a body and GET without
             * @enum {string}
             */
            method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
            /**
             * @description Path at the data listener, with its query
             * @example /v1/chat/completions
             */
            path: string;
        };
        ConsoleSend: {
            /** @description The call */
            body: components["schemas"]["ConsoleInput"];
            /** @description Name under which the answer arrives; unique on this socket */
            subscription: string;
        };
        CreatedKey: {
            /**
             * @description Name of the app in the same tenant
             * @example crm
             */
            app: string;
            /** @description A fire drill may take the calls of this key */
            drill?: boolean;
            /**
             * Format: date-time
             * @description When the key stops working; absent means never
             */
            expires_at?: string;
            id?: string;
            /** @description Last four characters of the key */
            last4?: string;
            /**
             * @description Unique name within the tenant
             * @example crm-prod
             */
            name: string;
            /** @description The whole key, shown this once */
            secret?: string;
            /** @description SHA-256 of the whole key, hex */
            secret_sha256: string;
            /**
             * @description Operator's state; empty means enabled
             * @enum {string}
             */
            state?: "enabled" | "disabled";
            tenant?: string;
            /** Format: date-time */
            updated_at?: string;
            updated_by?: string;
            /** Format: int64 */
            version?: number;
        };
        Credential: {
            /**
             * Format: date-time
             * @description When the key ends: it is not used from then on; absent means never
             */
            expires_at?: string;
            id?: string;
            /** @description Last four characters of the secret */
            readonly last4?: string;
            /**
             * @description Unique name
             * @example openai-main
             */
            name: string;
            /**
             * Format: int64
             * @description Most requests with this key within a minute; 0 means no limit of our own
             */
            requests_per_minute?: number;
            /**
             * @description Operator's state; empty means enabled
             * @enum {string}
             */
            state?: "enabled" | "disabled";
            tenant?: string;
            /**
             * Format: int64
             * @description Most tokens with this key within a minute, in and out together, known when an answer is there; 0 means no limit of our own
             */
            tokens_per_minute?: number;
            /** Format: date-time */
            updated_at?: string;
            updated_by?: string;
            /**
             * @description Name of the upstream
             * @example openai
             */
            upstream: string;
            /** Format: int64 */
            version?: number;
            /**
             * Format: int64
             * @description Share of the upstream's calls; 0 means 1
             */
            weight?: number;
        };
        CredentialInput: {
            /**
             * Format: date-time
             * @description When the key ends: it is not used from then on; absent means never
             */
            expires_at?: string;
            id?: string;
            /** @description Last four characters of the secret */
            readonly last4?: string;
            /**
             * @description Unique name
             * @example openai-main
             */
            name: string;
            /**
             * Format: int64
             * @description Most requests with this key within a minute; 0 means no limit of our own
             */
            requests_per_minute?: number;
            /** @description The upstream's key; never returned */
            secret?: string;
            /**
             * @description Operator's state; empty means enabled
             * @enum {string}
             */
            state?: "enabled" | "disabled";
            tenant?: string;
            /**
             * Format: int64
             * @description Most tokens with this key within a minute, in and out together, known when an answer is there; 0 means no limit of our own
             */
            tokens_per_minute?: number;
            /** Format: date-time */
            updated_at?: string;
            updated_by?: string;
            /**
             * @description Name of the upstream
             * @example openai
             */
            upstream: string;
            /** Format: int64 */
            version?: number;
            /**
             * Format: int64
             * @description Share of the upstream's calls; 0 means 1
             */
            weight?: number;
        };
        /** @description Fields to change: an absent one stays, null takes an optional one back to its default */
        CredentialInputPatch: {
            /**
             * Format: date-time
             * @description When the key ends: it is not used from then on; absent means never
             */
            expires_at?: string | null;
            id?: string | null;
            /** @description Last four characters of the secret */
            readonly last4?: string | null;
            /**
             * @description Unique name
             * @example openai-main
             */
            name?: string;
            /**
             * Format: int64
             * @description Most requests with this key within a minute; 0 means no limit of our own
             */
            requests_per_minute?: number | null;
            /** @description The upstream's key; never returned */
            secret?: string | null;
            /**
             * @description Operator's state; empty means enabled
             * @enum {string|null}
             */
            state?: "enabled" | "disabled" | null;
            tenant?: string | null;
            /**
             * Format: int64
             * @description Most tokens with this key within a minute, in and out together, known when an answer is there; 0 means no limit of our own
             */
            tokens_per_minute?: number | null;
            /** Format: date-time */
            updated_at?: string | null;
            updated_by?: string | null;
            /**
             * @description Name of the upstream
             * @example openai
             */
            upstream?: string;
            /** Format: int64 */
            version?: number | null;
            /**
             * Format: int64
             * @description Share of the upstream's calls; 0 means 1
             */
            weight?: number | null;
        };
        Drill: {
            /**
             * Format: date-time
             * @description When it ended
             */
            ended_at?: string;
            /**
             * Format: date-time
             * @description When it ends by itself
             */
            ends_at: string;
            /** @description Identity of the drill */
            id: string;
            /** @description Why it ended */
            reason?: string;
            /** @description What was seen */
            report?: components["schemas"]["DrillReport"];
            /** @description What was asked for */
            spec: components["schemas"]["DrillSpec"];
            /**
             * Format: date-time
             * @description When it started
             */
            started_at: string;
            /** @description Who started it */
            started_by: string;
            /**
             * @description Where it stands
             * @enum {string}
             */
            state: "running" | "ended" | "aborted" | "auto_aborted" | "interrupted";
        };
        DrillObjective: {
            /**
             * Format: double
             * @description Most that 99 of 100 calls may wait longer than usual for their first content; 0 means that it does not matter
             */
            added_p99_ms?: number;
            /**
             * Format: double
             * @description Least share of the calls that must be served; 0 means 99
             */
            served_percent?: number;
        };
        DrillReport: {
            /**
             * Format: double
             * @description Difference of the two
             */
            added_p50_ms: number;
            /**
             * Format: double
             * @description Difference of the two
             */
            added_p99_ms: number;
            /**
             * Format: int64
             * @description Upstream calls
             */
            attempts: number;
            /**
             * Format: double
             * @description The same of calls outside the drill, from five minutes before it
             */
            baseline_p50_ms: number;
            /**
             * Format: double
             * @description The same of calls outside the drill, from five minutes before it
             */
            baseline_p99_ms: number;
            /**
             * Format: int64
             * @description Calls that took part
             */
            calls: number;
            /**
             * Format: double
             * @description Upstream calls for each call
             */
            calls_per_call: number;
            /**
             * Format: int64
             * @description From the start until health took a drilled upstream out of use; 0 means never
             */
            detect_ms: number;
            /**
             * Format: int64
             * @description Those that got an error
             */
            failed: number;
            /** @description What to change, with the evidence */
            findings: string[];
            /** @description What health did, in words */
            health_events: string[];
            /**
             * Format: int64
             * @description Those whose answer broke off
             */
            interrupted: number;
            /**
             * Format: double
             * @description Half of the calls had their first content by then
             */
            p50_ms: number;
            /**
             * Format: double
             * @description 99 of 100 calls had their first content by then
             */
            p99_ms: number;
            /** @description It ran its time and met its objective */
            passed: boolean;
            /**
             * Format: int64
             * @description From the end until a drilled upstream served again; 0 means not yet or never
             */
            recover_ms: number;
            /** @description What callers got */
            saw: components["schemas"]["DrillSaw"][];
            /**
             * Format: int64
             * @description Those that were answered in full
             */
            served: number;
            /**
             * Format: double
             * @description Share of them, without those that ended by their callers' own doing
             */
            served_percent: number;
            /** @description Tiers that answered; what came after a wait counts for the tier that held the call */
            tiers: components["schemas"]["DrillTier"][];
            /**
             * Format: int64
             * @description Input tokens of the drilled calls
             */
            tokens_in: number;
            /**
             * Format: int64
             * @description Output tokens of the drilled calls
             */
            tokens_out: number;
            /**
             * Format: int64
             * @description Calls outside the drill while it ran
             */
            undrilled_calls: number;
            /**
             * Format: int64
             * @description Those of them that failed
             */
            undrilled_failed: number;
        };
        DrillSaw: {
            /**
             * Format: int64
             * @description Calls
             */
            calls: number;
            /** @description Error code; empty for an answer */
            code?: string;
            /**
             * Format: int64
             * @description HTTP status; 0 stands for all others
             */
            status: number;
        };
        DrillSchedule: {
            /**
             * @description Time of day as HH:MM, in the local time of Headwater's machine
             * @example 02:30
             */
            at: string;
            /** @description Days of the week; none means every day */
            days?: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[] | null;
            /** @description The drill it starts */
            drill: components["schemas"]["DrillSpec"];
            /**
             * Format: int64
             * @description Every so many days, in place of days of the week; 0 means that those say when
             */
            every_days?: number;
            /**
             * @description Day from which every_days counts, as YYYY-MM-DD; empty means the next time that at comes
             * @example 2026-12-01
             */
            first?: string;
            id?: string;
            /**
             * @description Unique name
             * @example nightly
             */
            name: string;
            /**
             * @description Operator's state; empty means enabled
             * @enum {string}
             */
            state?: "enabled" | "disabled";
            tenant?: string;
            /** @description Shown to people; empty means the name */
            title?: string;
            /** Format: date-time */
            updated_at?: string;
            updated_by?: string;
            /** Format: int64 */
            version?: number;
        };
        /** @description Fields to change: an absent one stays, null takes an optional one back to its default */
        DrillSchedulePatch: {
            /**
             * @description Time of day as HH:MM, in the local time of Headwater's machine
             * @example 02:30
             */
            at?: string;
            /** @description Days of the week; none means every day */
            days?: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[] | null;
            /** @description The drill it starts */
            drill?: components["schemas"]["DrillSpecPart"];
            /**
             * Format: int64
             * @description Every so many days, in place of days of the week; 0 means that those say when
             */
            every_days?: number | null;
            /**
             * @description Day from which every_days counts, as YYYY-MM-DD; empty means the next time that at comes
             * @example 2026-12-01
             */
            first?: string | null;
            id?: string | null;
            /**
             * @description Unique name
             * @example nightly
             */
            name?: string;
            /**
             * @description Operator's state; empty means enabled
             * @enum {string|null}
             */
            state?: "enabled" | "disabled" | null;
            tenant?: string | null;
            /** @description Shown to people; empty means the name */
            title?: string | null;
            /** Format: date-time */
            updated_at?: string | null;
            updated_by?: string | null;
            /** Format: int64 */
            version?: number | null;
        };
        DrillScope: {
            /** @description Calls of these apps, by name or as tenant/app */
            apps?: string[] | null;
            /**
             * Format: int64
             * @description Share of these calls; 0 means 100
             */
            call_percent?: number;
            /** @description Calls with keys that are scoped for drills */
            keys?: boolean;
            /** @description Calls of this route */
            route?: string;
            /** @description Calls of this tenant */
            tenant?: string;
        };
        DrillSpec: {
            /** @description Inject it at every upstream that is not local */
            all_cloud?: boolean;
            /**
             * Format: int64
             * @description Delay of slow_connect and slow_first_token; 0 means 5000
             */
            delay_ms?: number;
            /**
             * Format: int64
             * @description Seconds after which it ends by itself; 0 means 60
             */
            duration_s?: number;
            /**
             * @description What is injected
             * @example refused
             * @enum {string}
             */
            fault: "refused" | "dns" | "blackhole" | "tls_expired" | "slow_connect" | "slow_first_token" | "rate" | "quota" | "revoked_key" | "error_500" | "overloaded_503" | "overloaded_529" | "html" | "bad_json" | "error_in_200" | "stall" | "cut" | "flapping" | "disk_full" | "database_locked";
            /**
             * Format: int64
             * @description Seconds that flapping refuses, and then is well for; 0 means 10
             */
            flap_s?: number;
            /** @description Limit it to one model of these upstreams; empty means all */
            model?: string;
            /** @description What it is for */
            note?: string;
            /** @description What the calls must get for the drill to be passed */
            objective?: components["schemas"]["DrillObjective"];
            /**
             * Format: int64
             * @description Share of the attempts in scope that the fault hits; 0 means 100
             */
            percent?: number;
            /**
             * Format: int64
             * @description Seconds that rate, quota and overloaded ask to wait for; 0 means that they do not say
             */
            retry_after_s?: number;
            /** @description Which calls take part */
            scope?: components["schemas"]["DrillScope"];
            /** @description Names of the upstreams that the fault is injected at; none with all_cloud */
            upstreams?: string[] | null;
        };
        DrillSpecPart: {
            /** @description Inject it at every upstream that is not local */
            all_cloud?: boolean;
            /**
             * Format: int64
             * @description Delay of slow_connect and slow_first_token; 0 means 5000
             */
            delay_ms?: number;
            /**
             * Format: int64
             * @description Seconds after which it ends by itself; 0 means 60
             */
            duration_s?: number;
            /**
             * @description What is injected
             * @example refused
             * @enum {string}
             */
            fault?: "refused" | "dns" | "blackhole" | "tls_expired" | "slow_connect" | "slow_first_token" | "rate" | "quota" | "revoked_key" | "error_500" | "overloaded_503" | "overloaded_529" | "html" | "bad_json" | "error_in_200" | "stall" | "cut" | "flapping" | "disk_full" | "database_locked";
            /**
             * Format: int64
             * @description Seconds that flapping refuses, and then is well for; 0 means 10
             */
            flap_s?: number;
            /** @description Limit it to one model of these upstreams; empty means all */
            model?: string;
            /** @description What it is for */
            note?: string;
            /** @description What the calls must get for the drill to be passed */
            objective?: components["schemas"]["DrillObjective"];
            /**
             * Format: int64
             * @description Share of the attempts in scope that the fault hits; 0 means 100
             */
            percent?: number;
            /**
             * Format: int64
             * @description Seconds that rate, quota and overloaded ask to wait for; 0 means that they do not say
             */
            retry_after_s?: number;
            /** @description Which calls take part */
            scope?: components["schemas"]["DrillScope"];
            /** @description Names of the upstreams that the fault is injected at; none with all_cloud */
            upstreams?: string[] | null;
        };
        DrillTier: {
            /**
             * Format: int64
             * @description Calls it answered
             */
            calls: number;
            /** @description Kind of the tier */
            kind: string;
            /**
             * Format: int64
             * @description Number of the tier in its route, from 1
             */
            tier: number;
        };
        Event: {
            /** Format: date-time */
            at: string;
            data: unknown;
            /** Format: int64 */
            seq: number;
            topic: string;
        };
        ExplainedTarget: {
            /**
             * Format: date-time
             * @description When live checks found that
             */
            certified_at?: string;
            /**
             * Format: double
             * @description What the call would cost there, for cost; absent when unknown
             */
            cost_usd?: number;
            /** @description Name of the credential */
            credential?: string;
            /**
             * Format: double
             * @description What its first content takes of late, for latency and balanced; absent when unknown
             */
            first_ms?: number;
            /**
             * Format: int64
             * @description Calls under way there, for busy and balanced
             */
            in_flight?: number;
            /** @description What comes of what it lacks, as a sentence */
            lack_words?: string;
            /** @description What the call needs and live checks found missing */
            lacks?: string[] | null;
            /** @description The upstream's model */
            model?: string;
            /**
             * Format: date-time
             * @description When the next try may happen
             */
            not_before?: string;
            /**
             * Format: int64
             * @description Place among those that would be asked, from 1; 0 means skipped
             */
            order: number;
            /** @description True when the call passes the target over for what it lacks */
            passed_over?: boolean;
            /** @description True when the call would test this target */
            probe?: boolean;
            /** @description Outcome class behind the state */
            reason?: string;
            /**
             * Format: double
             * @description Part of its tier's calls while all of it is well, 0 to 1
             */
            share: number;
            /**
             * Format: date-time
             * @description When the state began
             */
            since?: string;
            /** @description State of health */
            state: string;
            /**
             * Format: int64
             * @description Tier, counting from 1
             */
            tier: number;
            /** @description Name of the upstream */
            upstream: string;
            /** @description State as a sentence */
            words: string;
        };
        ExplainedTier: {
            /** @description Why its condition could not be evaluated */
            error?: string;
            /** @description What answers */
            kind: string;
            /**
             * @description Why the call passes it over: its condition does not hold, or the call is not of its share; absent when it does not
             * @enum {string}
             */
            passed?: "when" | "percent";
            /** @description Order of its targets; for kind targets */
            strategy?: string;
            /**
             * Format: int64
             * @description Tier, counting from 1
             */
            tier: number;
            /** @description The reason as a sentence */
            words?: string;
        };
        Explanation: {
            /** @description Why no target would be asked */
            code?: string;
            /** @description True when a target would be asked now */
            ok: boolean;
            /** @description Route that the model leads to; absent when none does */
            route?: string;
            /** @description Those that would be asked, in order, then the others */
            targets: components["schemas"]["ExplainedTarget"][];
            /** @description The tiers in order, and why the call passes some over */
            tiers: components["schemas"]["ExplainedTier"][];
            /** @description What would happen, as a sentence */
            words: string;
        };
        Fallback: {
            /** @description Targets asked when a vendor's content policy refuses the request */
            content_policy?: components["schemas"]["RouteTarget"][] | null;
            /** @description Targets with more context, asked when the request is too long for the model */
            context_overflow?: components["schemas"]["RouteTarget"][] | null;
        };
        FoundEngine: {
            /**
             * @description Host and port
             * @example 127.0.0.1:11434
             */
            address: string;
            /** @description Base URL of an upstream for it */
            base_url: string;
            /** @description Dialect it speaks */
            dialect: string;
            /** @description Models it has, 200 at most */
            models: string[];
            /**
             * Format: int64
             * @description Further models
             */
            models_more?: number;
            /**
             * @description Name of the engine
             * @example Ollama
             */
            name: string;
            /** @description True when it gives its list for a key only */
            needs_key?: boolean;
            /** @description Catalogue id of the provider to connect it with */
            provider: string;
            /** @description Upstream that exists for this address; absent when there is none */
            upstream?: string;
            /** @description Version it gives */
            version?: string;
        };
        HealthChanged: {
            /** @description Who set it; absent for what nobody did */
            by?: string;
            /** @description Fire drill in whose calls alone it happened */
            drill?: string;
            from: string;
            /** @enum {string} */
            kind: "endpoint" | "credential" | "model" | "target" | "upstream";
            name: string;
            /** Format: date-time */
            not_before?: string;
            reason?: string;
            scope: string;
            to: string;
            upstreams: string[];
            words: string;
        };
        HealthCheck: {
            /** @description Text that the body must hold; empty means any */
            contains?: string;
            /**
             * Format: int64
             * @description Bad checks in a row that take it out; 0 means 3
             */
            fall?: number;
            /**
             * Format: int64
             * @description Time between two checks, give or take a tenth; 0 means 15000
             */
            interval_ms?: number;
            /**
             * @description What is asked: the model list, a connection, a path or nothing; empty means models
             * @enum {string}
             */
            kind?: "models" | "connect" | "http" | "off";
            /**
             * @description Path that kind http asks for, from the root of the address
             * @example /health
             */
            path?: string;
            /**
             * Format: int64
             * @description Good checks in a row that bring it back; 0 means 2
             */
            rise?: number;
            /**
             * Format: int64
             * @description Time after which a good answer counts as bad; 0 means never
             */
            slow_ms?: number;
            /**
             * Format: int64
             * @description Status that means well; 0 means any 2xx
             */
            status?: number;
            /**
             * Format: int64
             * @description Bound on one check; 0 means 5000
             */
            timeout_ms?: number;
        };
        HealthEvent: {
            /**
             * Format: date-time
             * @description When it happened
             */
            at: string;
            /** @description Who set it; absent for what nobody did */
            by?: string;
            /** @description Fire drill in whose calls alone it happened */
            drill?: string;
            from: string;
            /**
             * Format: int64
             * @description Number of the event; a later one is larger
             */
            id: number;
            /** @enum {string} */
            kind: "endpoint" | "credential" | "model" | "target" | "upstream";
            name: string;
            /** Format: date-time */
            not_before?: string;
            reason?: string;
            scope: string;
            to: string;
            upstreams: string[];
            words: string;
        };
        HealthPolicy: {
            /**
             * Format: int64
             * @description Rest of a credential that is refused, doubled each time; 0 means 30000
             */
            auth_first_ms?: number;
            /**
             * Format: int64
             * @description Longest rest of a credential that is refused; 0 means 600000
             */
            auth_most_ms?: number;
            /**
             * Format: int64
             * @description Longest wait that the upstream may ask for; 0 means 300000
             */
            hint_most_ms?: number;
            /**
             * @description What tests a target that is out of use while another can answer: a call, a copy of one whose answer is thrown away, or a paid question of Headwater's own; empty means call
             * @enum {string}
             */
            probe?: "call" | "copy" | "paid";
            /**
             * Format: int64
             * @description Rest of a credential that is out of credit, doubled each time; 0 means 900000
             */
            quota_first_ms?: number;
            /**
             * Format: int64
             * @description Longest rest of a credential that is out of credit; 0 means 21600000
             */
            quota_most_ms?: number;
            /**
             * Format: int64
             * @description From the first calls after recovery to all of them; 0 means 30000
             */
            ramp_ms?: number;
            /**
             * Format: int64
             * @description Silence of several calls at once that makes a target suspect, five times that for plain answers; 0 means 1000
             */
            suspect_after_ms?: number;
            /**
             * Format: int64
             * @description Failures in a row that open a breaker; 0 means 3
             */
            trip_failures?: number;
            /**
             * Format: int64
             * @description Percent of successes in 30 s below which a breaker opens; 0 means 50
             */
            trip_percent?: number;
            /**
             * Format: int64
             * @description Outcomes that the percentage needs; 0 means 5
             */
            trip_samples?: number;
            /**
             * Format: int64
             * @description First wait of an open breaker, doubled with each trip; 0 means 5000
             */
            wait_first_ms?: number;
            /**
             * Format: int64
             * @description Longest wait of an open breaker; 0 means 60000
             */
            wait_most_ms?: number;
        };
        HealthStrip: {
            /** @description There were too many transitions to look at them all */
            partial?: boolean;
            /**
             * Format: date-time
             * @description When the first step begins
             */
            since: string;
            /**
             * Format: int64
             * @description Length of a step in seconds
             */
            step_s: number;
            upstreams: components["schemas"]["UpstreamStrip"][];
        };
        Job: {
            /** @description Who started it */
            actor: string;
            /**
             * Format: int64
             * @description Items done
             */
            done: number;
            /**
             * Format: date-time
             * @description When it ended
             */
            ended_at?: string;
            /** @description Identity of the job */
            id: string;
            /**
             * @description What it does
             * @enum {string}
             */
            kind: "audit.verify" | "upstreams.test" | "upstreams.certify" | "upstreams.scan";
            /** @description The report, by kind */
            result?: unknown;
            /**
             * Format: date-time
             * @description When it started
             */
            started_at: string;
            /**
             * @description Where it stands
             * @enum {string}
             */
            state: "running" | "done" | "failed" | "canceled" | "interrupted";
            /** @description What it is about: UPSTREAM/MODEL of live checks, the network of a scan; absent where the kind says it all */
            subject?: string;
            /**
             * Format: int64
             * @description Items in all; 0 while not known
             */
            total: number;
            /** @description How it ended */
            words?: string;
        };
        JobInput: {
            /**
             * @description What to do
             * @enum {string}
             */
            kind: "audit.verify" | "upstreams.test";
        };
        Key: {
            /**
             * @description Name of the app in the same tenant
             * @example crm
             */
            app: string;
            /** @description A fire drill may take the calls of this key */
            drill?: boolean;
            /**
             * Format: date-time
             * @description When the key stops working; absent means never
             */
            expires_at?: string;
            id?: string;
            /** @description Last four characters of the key */
            last4?: string;
            /**
             * @description Unique name within the tenant
             * @example crm-prod
             */
            name: string;
            /** @description SHA-256 of the whole key, hex */
            secret_sha256: string;
            /**
             * @description Operator's state; empty means enabled
             * @enum {string}
             */
            state?: "enabled" | "disabled";
            tenant?: string;
            /** Format: date-time */
            updated_at?: string;
            updated_by?: string;
            /** Format: int64 */
            version?: number;
        };
        KeyInput: {
            /**
             * @description Name of the app in the same tenant
             * @example crm
             */
            app: string;
            /** @description A fire drill may take the calls of this key */
            drill?: boolean;
            /**
             * Format: date-time
             * @description When the key stops working; absent means never
             */
            expires_at?: string;
            id?: string;
            /** @description Last four characters of the key */
            last4?: string;
            /**
             * @description Unique name within the tenant
             * @example crm-prod
             */
            name: string;
            /** @description SHA-256 of a key made elsewhere, hex; absent means Headwater makes the key */
            secret_sha256?: string;
            /**
             * @description Operator's state; empty means enabled
             * @enum {string}
             */
            state?: "enabled" | "disabled";
            tenant?: string;
            /** Format: date-time */
            updated_at?: string;
            updated_by?: string;
            /** Format: int64 */
            version?: number;
        };
        /** @description Fields to change: an absent one stays, null takes an optional one back to its default */
        KeyInputPatch: {
            /**
             * @description Name of the app in the same tenant
             * @example crm
             */
            app?: string;
            /** @description A fire drill may take the calls of this key */
            drill?: boolean | null;
            /**
             * Format: date-time
             * @description When the key stops working; absent means never
             */
            expires_at?: string | null;
            id?: string | null;
            /** @description Last four characters of the key */
            last4?: string | null;
            /**
             * @description Unique name within the tenant
             * @example crm-prod
             */
            name?: string;
            /** @description SHA-256 of a key made elsewhere, hex; absent means Headwater makes the key */
            secret_sha256?: string | null;
            /**
             * @description Operator's state; empty means enabled
             * @enum {string|null}
             */
            state?: "enabled" | "disabled" | null;
            tenant?: string | null;
            /** Format: date-time */
            updated_at?: string | null;
            updated_by?: string | null;
            /** Format: int64 */
            version?: number | null;
        };
        KindCount: {
            /**
             * Format: int64
             * @description Number of documents
             */
            count: number;
            /** @description Kind of document */
            kind: string;
        };
        Member: {
            id?: string;
            /**
             * @description Sign-in name
             * @example root
             */
            name: string;
            /**
             * @description Role
             * @enum {string}
             */
            role: "administrator" | "viewer";
            /**
             * @description Operator's state; empty means enabled
             * @enum {string}
             */
            state?: "enabled" | "disabled";
            tenant?: string;
            /** @description Shown to people; empty means the name */
            title?: string;
            /** Format: date-time */
            updated_at?: string;
            updated_by?: string;
            /** Format: int64 */
            version?: number;
        };
        MemberInput: {
            id?: string;
            /**
             * @description Sign-in name
             * @example root
             */
            name: string;
            /** @description At least 12 characters; never returned */
            password?: string;
            /**
             * @description Role
             * @enum {string}
             */
            role: "administrator" | "viewer";
            /**
             * @description Operator's state; empty means enabled
             * @enum {string}
             */
            state?: "enabled" | "disabled";
            tenant?: string;
            /** @description Shown to people; empty means the name */
            title?: string;
            /** Format: date-time */
            updated_at?: string;
            updated_by?: string;
            /** Format: int64 */
            version?: number;
        };
        /** @description Fields to change: an absent one stays, null takes an optional one back to its default */
        MemberInputPatch: {
            id?: string | null;
            /**
             * @description Sign-in name
             * @example root
             */
            name?: string;
            /** @description At least 12 characters; never returned */
            password?: string | null;
            /**
             * @description Role
             * @enum {string}
             */
            role?: "administrator" | "viewer";
            /**
             * @description Operator's state; empty means enabled
             * @enum {string|null}
             */
            state?: "enabled" | "disabled" | null;
            tenant?: string | null;
            /** @description Shown to people; empty means the name */
            title?: string | null;
            /** Format: date-time */
            updated_at?: string | null;
            updated_by?: string | null;
            /** Format: int64 */
            version?: number | null;
        };
        ModelDetail: {
            /** @description Day of the catalogue's facts */
            as_of: string;
            /** Format: int64 */
            context?: number;
            dialect?: string;
            /** @description What the catalogue says without own facts; absent when it does not have the model */
            facts?: components["schemas"]["CatalogModel"];
            family?: string;
            id: string;
            in?: string[] | null;
            kind?: string;
            knowledge?: string;
            /** Format: int64 */
            max_input?: number;
            /** Format: int64 */
            max_output?: number;
            name?: string;
            open_weights?: boolean;
            out?: string[] | null;
            /** @description Id of the document with own facts; absent without one */
            own?: string;
            /** @description Facts that are own ones */
            own_fields?: string[] | null;
            /** @description True when the catalogue does not have the model */
            own_only?: boolean;
            price?: components["schemas"]["Price"];
            /** @description Catalogue id of the provider */
            provider: string;
            /** @description Name of the provider */
            provider_name: string;
            reasoning?: boolean;
            reasoning_options?: unknown;
            released?: string;
            schema?: boolean;
            status?: string;
            tiers?: components["schemas"]["PriceTier"][] | null;
            tools?: boolean;
            updated?: string;
        };
        ModelEntry: {
            /** Format: int64 */
            context?: number;
            dialect?: string;
            family?: string;
            id: string;
            in?: string[] | null;
            kind?: string;
            knowledge?: string;
            /** Format: int64 */
            max_input?: number;
            /** Format: int64 */
            max_output?: number;
            name?: string;
            open_weights?: boolean;
            out?: string[] | null;
            /** @description Id of the document with own facts; absent without one */
            own?: string;
            /** @description Facts that are own ones */
            own_fields?: string[] | null;
            /** @description True when the catalogue does not have the model */
            own_only?: boolean;
            price?: components["schemas"]["Price"];
            /** @description Catalogue id of the provider */
            provider: string;
            /** @description Name of the provider */
            provider_name: string;
            reasoning?: boolean;
            reasoning_options?: unknown;
            released?: string;
            schema?: boolean;
            status?: string;
            tiers?: components["schemas"]["PriceTier"][] | null;
            tools?: boolean;
            updated?: string;
        };
        OwnModel: {
            /**
             * Format: int64
             * @description Context window in tokens; 0 means what the catalogue says
             */
            context?: number;
            id?: string;
            /** @description Kinds of content it takes; absent means what the catalogue says */
            in?: ("text" | "image" | "audio" | "video" | "pdf" | "file")[] | null;
            /**
             * @description What it makes; empty means what the catalogue says, else chat
             * @enum {string}
             */
            kind?: "chat" | "embedding" | "image" | "audio" | "video" | "rerank" | "moderation";
            /**
             * Format: int64
             * @description Most tokens of a request; 0 means what the catalogue says
             */
            max_input?: number;
            /**
             * Format: int64
             * @description Most tokens of an answer, sent where a dialect asks for it; 0 means what the catalogue says
             */
            max_output?: number;
            /**
             * @description Name of the model at the provider
             * @example gpt-4o-mini
             */
            model: string;
            /** @description Kinds of content it gives; absent means what the catalogue says */
            out?: ("text" | "image" | "audio" | "video" | "pdf" | "embeddings" | "rerank")[] | null;
            /** @description Own price, which calls are billed with; absent fields mean the catalogue's */
            price?: components["schemas"]["OwnPrice"];
            /**
             * @description Catalogue id of the provider
             * @example openai
             */
            provider: string;
            /** @description It reasons before it answers; absent means what the catalogue says */
            reasoning?: boolean;
            /** @description It answers in a JSON schema; absent means what the catalogue says */
            schema?: boolean;
            /**
             * @description How far it is in its life; empty means what the catalogue says
             * @enum {string}
             */
            status?: "active" | "alpha" | "beta" | "deprecated";
            tenant?: string;
            /** @description Shown to people; empty means the catalogue's name */
            title?: string;
            /** @description It calls tools; absent means what the catalogue says */
            tools?: boolean;
            /** Format: date-time */
            updated_at?: string;
            updated_by?: string;
            /** Format: int64 */
            version?: number;
        };
        /** @description Fields to change: an absent one stays, null takes an optional one back to its default */
        OwnModelPatch: {
            /**
             * Format: int64
             * @description Context window in tokens; 0 means what the catalogue says
             */
            context?: number | null;
            id?: string | null;
            /** @description Kinds of content it takes; absent means what the catalogue says */
            in?: ("text" | "image" | "audio" | "video" | "pdf" | "file")[] | null;
            /**
             * @description What it makes; empty means what the catalogue says, else chat
             * @enum {string|null}
             */
            kind?: "chat" | "embedding" | "image" | "audio" | "video" | "rerank" | "moderation" | null;
            /**
             * Format: int64
             * @description Most tokens of a request; 0 means what the catalogue says
             */
            max_input?: number | null;
            /**
             * Format: int64
             * @description Most tokens of an answer, sent where a dialect asks for it; 0 means what the catalogue says
             */
            max_output?: number | null;
            /**
             * @description Name of the model at the provider
             * @example gpt-4o-mini
             */
            model?: string;
            /** @description Kinds of content it gives; absent means what the catalogue says */
            out?: ("text" | "image" | "audio" | "video" | "pdf" | "embeddings" | "rerank")[] | null;
            /** @description Own price, which calls are billed with; absent fields mean the catalogue's */
            price?: components["schemas"]["OwnPrice"];
            /**
             * @description Catalogue id of the provider
             * @example openai
             */
            provider?: string;
            /** @description It reasons before it answers; absent means what the catalogue says */
            reasoning?: boolean | null;
            /** @description It answers in a JSON schema; absent means what the catalogue says */
            schema?: boolean | null;
            /**
             * @description How far it is in its life; empty means what the catalogue says
             * @enum {string|null}
             */
            status?: "active" | "alpha" | "beta" | "deprecated" | null;
            tenant?: string | null;
            /** @description Shown to people; empty means the catalogue's name */
            title?: string | null;
            /** @description It calls tools; absent means what the catalogue says */
            tools?: boolean | null;
            /** Format: date-time */
            updated_at?: string | null;
            updated_by?: string | null;
            /** Format: int64 */
            version?: number | null;
        };
        OwnPrice: {
            /**
             * Format: double
             * @description For a million tokens read from the vendor's cache; 0 means what input costs
             */
            cache_read?: number | null;
            /**
             * Format: double
             * @description For a million tokens written to the vendor's cache; 0 means what input costs
             */
            cache_write?: number | null;
            /**
             * Format: double
             * @description US dollars for a million tokens in; 0 is free
             */
            input?: number | null;
            /**
             * Format: double
             * @description For a million tokens of sound in, where the upstream counts them apart; 0 means what input costs
             */
            input_audio?: number | null;
            /**
             * Format: double
             * @description US dollars for a million tokens out; 0 is free
             */
            output?: number | null;
            /**
             * Format: double
             * @description For a million tokens of sound out, where the upstream counts them apart; 0 means what output costs
             */
            output_audio?: number | null;
            /**
             * Format: double
             * @description For a million tokens of reasoning; 0 means what output costs
             */
            reasoning?: number | null;
        };
        PageApp: {
            /** @description The items, in order */
            items: components["schemas"]["App"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageCapabilityRecord: {
            /** @description The items, in order */
            items: components["schemas"]["CapabilityRecord"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageChange: {
            /** @description The items, in order */
            items: components["schemas"]["Change"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageCredential: {
            /** @description The items, in order */
            items: components["schemas"]["Credential"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageDrill: {
            /** @description The items, in order */
            items: components["schemas"]["Drill"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageDrillSchedule: {
            /** @description The items, in order */
            items: components["schemas"]["DrillSchedule"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageHealthEvent: {
            /** @description The items, in order */
            items: components["schemas"]["HealthEvent"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageJob: {
            /** @description The items, in order */
            items: components["schemas"]["Job"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageKey: {
            /** @description The items, in order */
            items: components["schemas"]["Key"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageMember: {
            /** @description The items, in order */
            items: components["schemas"]["Member"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageModelEntry: {
            /** @description The items, in order */
            items: components["schemas"]["ModelEntry"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageProvider: {
            /** @description The items, in order */
            items: components["schemas"]["Provider"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageRoute: {
            /** @description The items, in order */
            items: components["schemas"]["Route"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageScheduleState: {
            /** @description The items, in order */
            items: components["schemas"]["ScheduleState"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageSessionInfo: {
            /** @description The items, in order */
            items: components["schemas"]["SessionInfo"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageTargetHealth: {
            /** @description The items, in order */
            items: components["schemas"]["TargetHealth"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageTenant: {
            /** @description The items, in order */
            items: components["schemas"]["Tenant"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageUpstream: {
            /** @description The items, in order */
            items: components["schemas"]["Upstream"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        PageUpstreamFigures: {
            /** @description The items, in order */
            items: components["schemas"]["UpstreamFigures"][];
            /** @description Send as after (or cursor) for the next page; absent on the last */
            next?: string;
            /**
             * Format: int64
             * @description Items on all pages, where they are counted
             */
            total?: number;
        };
        ParameterValues: {
            /**
             * Format: double
             * @description Weighs against words that have come often, -2 to 2
             */
            frequency_penalty?: number | null;
            /**
             * Format: int64
             * @description Bound on the answer in tokens; 0 means no word on it
             */
            max_tokens?: number;
            /**
             * Format: double
             * @description Weighs against words that have come, -2 to 2
             */
            presence_penalty?: number | null;
            /**
             * @description How much the model thinks; empty means no word on it
             * @enum {string|null}
             */
            reasoning_effort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | null;
            /**
             * Format: int64
             * @description Makes answers repeatable, where an upstream can
             */
            seed?: number | null;
            /** @description Texts that end an answer */
            stop?: string[] | null;
            /**
             * Format: double
             * @description How freely the model chooses its words, 0 to 2
             */
            temperature?: number | null;
            /**
             * Format: double
             * @description Share of the likeliest words it chooses from, 0 to 1
             */
            top_p?: number | null;
            /** @description End user as the upstream is told; empty means no word on it */
            user?: string;
        };
        Parameters: {
            /** @description Holds where the caller says nothing */
            default?: components["schemas"]["ParameterValues"];
            /** @description Holds whatever the caller says */
            set?: components["schemas"]["ParameterValues"];
        };
        Plan: {
            /** @description True when the plan was carried out */
            applied: boolean;
            /**
             * Format: int64
             * @description Documents to create
             */
            creates: number;
            /**
             * Format: int64
             * @description Documents to delete
             */
            deletes: number;
            /**
             * Format: int64
             * @description Generation of the configuration in force
             */
            generation: number;
            /** @description One per document, in the order in which they are written */
            items: components["schemas"]["PlanItem"][];
            /**
             * Format: int64
             * @description Documents to update
             */
            updates: number;
        };
        PlanItem: {
            /**
             * @description What happens to the document
             * @enum {string}
             */
            action: "create" | "update" | "delete" | "unchanged";
            /** @description Fields that an update changes */
            fields?: string[] | null;
            /** @description Kind of the document */
            kind: string;
            /** @description Name of the document */
            name: string;
            /** @description Owning tenant */
            tenant?: string;
        };
        Price: {
            /** Format: double */
            cache_read?: number;
            /** Format: double */
            cache_write?: number;
            /** Format: double */
            input: number;
            /** Format: double */
            input_audio?: number;
            /** Format: double */
            output: number;
            /** Format: double */
            output_audio?: number;
            /** Format: double */
            reasoning?: number;
        };
        PriceTier: {
            /** Format: int64 */
            above_context: number;
            /** Format: double */
            cache_read?: number;
            /** Format: double */
            cache_write?: number;
            /** Format: double */
            input: number;
            /** Format: double */
            input_audio?: number;
            /** Format: double */
            output: number;
            /** Format: double */
            output_audio?: number;
            /** Format: double */
            reasoning?: number;
        };
        ProblemDetails: {
            /**
             * @description Stable error code
             * @example taken
             */
            code: string;
            /** @description What happened */
            detail: string;
            /** @description The single findings */
            errors?: components["schemas"]["ProblemPlace"][] | null;
            /** @description What to do next */
            hint?: string;
            /**
             * @description The code as people quote it
             * @example HW-NAME-409
             */
            public: string;
            /** @description Quote this to the administrator */
            request_id?: string;
            /**
             * Format: int64
             * @description Seconds until trying again makes sense
             */
            retry_after_s?: number;
            /**
             * Format: int64
             * @description HTTP status
             */
            status: number;
            /**
             * @description The code in words
             * @example version conflict
             */
            title: string;
        };
        ProblemPlace: {
            /** @description Field of that document */
            field?: string;
            /** @description Kind of the document it is about */
            kind?: string;
            /**
             * @description Where in the request
             * @example body.base_url
             */
            location?: string;
            /** @description What is wrong and what would be right */
            message: string;
            /** @description Name of the document it is about */
            name?: string;
        };
        Provider: {
            /** @description Further dialects spoken at the same address, and the path behind it for each */
            also?: {
                [key: string]: string;
            };
            auth_header?: string;
            auth_scheme?: string;
            /** @description Form of an address that each site has for itself, with ${NAMES} to fill in */
            base_template?: string;
            base_url?: string;
            dialect: string;
            doc_url?: string;
            id: string;
            local?: boolean;
            /** @description Provider whose models and prices are this one's, too; absent means that it has its own */
            models_of?: string;
            name: string;
            practice?: boolean;
            /** @description Month of the newest recorded answer that Headwater's tests read; absent without any */
            recorded?: string;
            /**
             * @description Who gives access tokens for a service account or a client; absent means that the secret is sent as it is
             * @enum {string}
             */
            token_issuer?: "google" | "entra";
            /**
             * @description How it is known that the preset works: live checks passed here, recorded answers are read by the tests, or the provider's documents alone; absent for the practice model
             * @enum {string}
             */
            verified?: "live" | "recording" | "preset";
            /**
             * @description Day of the live checks, or month of the newest recording; absent for neither
             * @example 2026-08
             */
            verified_at?: string;
        };
        Push: {
            /**
             * Format: int64
             * @description Events lost since the last push
             */
            dropped?: number;
            /** @description The events, oldest first */
            events: components["schemas"]["Event"][];
            /**
             * Format: int64
             * @description Number of the last event
             */
            seq: number;
            /** @description Name under which the client subscribed */
            subscription: string;
        };
        Retry: {
            /**
             * Format: int64
             * @description Longest first wait before the same target is asked again; 0 means 250
             */
            again_first_ms?: number;
            /**
             * Format: int64
             * @description Longest wait before the same target is asked again; 0 means 8000
             */
            again_most_ms?: number;
            /**
             * Format: int64
             * @description Share of the calls under way that may ask the same target again or hedge, never less than 3 at once; 0 means 20
             */
            budget_percent?: number;
            /**
             * Format: int64
             * @description Targets of one tier that may fail a call before the next tier is asked; 0 means 3
             */
            tries_per_tier?: number;
        };
        Route: {
            /**
             * Format: int64
             * @description Bound on the whole call; 0 means 120000, or 900000 for a stream
             */
            deadline_ms?: number;
            /** @description Who is asked when the request itself is refused */
            fallback?: components["schemas"]["Fallback"];
            /** @description Ask a second target when the first content is later than for 95 of 100 calls; the loser is cancelled, its cost stays */
            hedge?: boolean;
            id?: string;
            /**
             * @description What callers send as model; a trailing * matches every model with that beginning
             * @example fast
             */
            name: string;
            /** @description Parameters of every request, in neutral words; each upstream gets them in its own, and what its dialect has no field for is named in X-Headwater-Dropped and the log */
            parameters?: components["schemas"]["Parameters"];
            /** @description What is tried for one call */
            retry?: components["schemas"]["Retry"];
            /**
             * @description Operator's state; empty means enabled
             * @enum {string}
             */
            state?: "enabled" | "disabled";
            /**
             * Format: int64
             * @description The same for a streamed call; 0 means deadline_ms, or 900000
             */
            stream_deadline_ms?: number;
            tenant?: string;
            /** @description Tried in order */
            tiers: components["schemas"]["Tier"][];
            /** @description Shown to people; empty means the name */
            title?: string;
            /**
             * @description When an upstream speaks another dialect and has no words for a part of the request: warn leaves it out and names it in X-Headwater-Dropped and the log, strict does not ask that upstream; empty means warn
             * @enum {string}
             */
            translation?: "warn" | "strict";
            /** Format: date-time */
            updated_at?: string;
            updated_by?: string;
            /** Format: int64 */
            version?: number;
        };
        /** @description Fields to change: an absent one stays, null takes an optional one back to its default */
        RoutePatch: {
            /**
             * Format: int64
             * @description Bound on the whole call; 0 means 120000, or 900000 for a stream
             */
            deadline_ms?: number | null;
            /** @description Who is asked when the request itself is refused */
            fallback?: components["schemas"]["Fallback"];
            /** @description Ask a second target when the first content is later than for 95 of 100 calls; the loser is cancelled, its cost stays */
            hedge?: boolean | null;
            id?: string | null;
            /**
             * @description What callers send as model; a trailing * matches every model with that beginning
             * @example fast
             */
            name?: string;
            /** @description Parameters of every request, in neutral words; each upstream gets them in its own, and what its dialect has no field for is named in X-Headwater-Dropped and the log */
            parameters?: components["schemas"]["Parameters"];
            /** @description What is tried for one call */
            retry?: components["schemas"]["Retry"];
            /**
             * @description Operator's state; empty means enabled
             * @enum {string|null}
             */
            state?: "enabled" | "disabled" | null;
            /**
             * Format: int64
             * @description The same for a streamed call; 0 means deadline_ms, or 900000
             */
            stream_deadline_ms?: number | null;
            tenant?: string | null;
            /** @description Tried in order */
            tiers?: components["schemas"]["Tier"][];
            /** @description Shown to people; empty means the name */
            title?: string | null;
            /**
             * @description When an upstream speaks another dialect and has no words for a part of the request: warn leaves it out and names it in X-Headwater-Dropped and the log, strict does not ask that upstream; empty means warn
             * @enum {string|null}
             */
            translation?: "warn" | "strict" | null;
            /** Format: date-time */
            updated_at?: string | null;
            updated_by?: string | null;
            /** Format: int64 */
            version?: number | null;
        };
        RouteStanding: {
            /** @description Name of the route */
            route: string;
            /**
             * Format: date-time
             * @description Since when
             */
            since?: string;
            /**
             * Format: int64
             * @description Tier that answers now, from 1; 0 means none can
             */
            tier: number;
            /** @description Upstream that answers now */
            upstream?: string;
        };
        RouteTarget: {
            /**
             * @description The upstream's model; empty means the model the caller asked for
             * @example gpt-4o-mini
             */
            model?: string;
            /**
             * @description Name of the upstream
             * @example openai
             */
            upstream: string;
            /**
             * Format: int64
             * @description Share of calls; 0 means 1
             */
            weight?: number;
        };
        Said: {
            /** @description What differs in the sentence, by name; a vendor's own words stay as they came */
            args?: {
                [key: string]: string;
            };
            /**
             * @description Stable key of the sentence
             * @example tls.expired
             */
            key: string;
        };
        ScanInput: {
            /**
             * @description Network in CIDR notation, or a single host: private addresses only, 1024 at most
             * @example 192.168.1.0/24
             */
            range: string;
        };
        ScanReport: {
            /**
             * Format: int64
             * @description Addresses that were tried
             */
            addresses: number;
            /**
             * Format: date-time
             * @description When it began
             */
            at: string;
            /** @description Engines by address, 256 at most */
            found: components["schemas"]["FoundEngine"][];
            /**
             * Format: int64
             * @description Further engines
             */
            more?: number;
            /**
             * Format: int64
             * @description Ports that were tried at each address
             */
            ports: number;
            /** @description Network that was looked through; absent for this machine */
            range?: string;
            /**
             * Format: int64
             * @description Open ports where no engine was found
             */
            silent: number;
            /** @description Why the scan ended early */
            stopped?: string;
            /** @description Why the scan ended early, as stable keys */
            stopped_said?: components["schemas"]["Said"][] | null;
            /**
             * Format: double
             * @description How long it took in milliseconds
             */
            took_ms: number;
        };
        ScheduleOutcome: {
            /**
             * @description Why nothing was started
             * @enum {string}
             */
            cause?: "off" | "asleep" | "busy" | "invalid" | "failed";
            /** @description Drill that was started */
            drill?: string;
            /**
             * Format: date-time
             * @description When it was due
             */
            due: string;
            /**
             * Format: int64
             * @description Due times missed in a row, this one included
             */
            missed?: number;
            /** @description The same in words */
            reason?: string;
            /**
             * @description What came of it
             * @enum {string}
             */
            result: "started" | "skipped" | "missed";
        };
        ScheduleState: {
            /** @description Id of the schedule */
            id: string;
            /** @description What came of its last due time; absent while there was none */
            last?: components["schemas"]["ScheduleOutcome"];
            /** @description Name of the schedule */
            name: string;
            /**
             * Format: date-time
             * @description When it is due; absent while it is disabled
             */
            next?: string;
        };
        SessionInfo: {
            /**
             * Format: date-time
             * @description When it was opened
             */
            created_at?: string;
            /** @description True for the session that asks */
            current?: boolean;
            /**
             * Format: date-time
             * @description When it ends at the latest
             */
            expires_at?: string;
            /** @description Identity of the session; absent for local administration */
            id?: string;
            /**
             * Format: date-time
             * @description Last use, to the minute
             */
            last_seen_at?: string;
            /** @description Who is signed in */
            member: string;
            /** @description Address the session was opened from */
            remote?: string;
            /**
             * @description Role now
             * @enum {string}
             */
            role: "administrator" | "viewer";
        };
        Setting: {
            /** @description Host names by which callers may address the gateway, beside its own addresses */
            allowed_hosts?: string[] | null;
            /**
             * Format: int64
             * @description Days calls are kept; 0 means 30
             */
            call_retention_days?: number;
            /** @description Fetch images and PDF documents by their address for upstreams that take data only: from public addresses, at most 10 MiB each */
            fetch_media?: boolean;
            id?: string;
            /**
             * Format: int64
             * @description Calls under way at once; 0 means what memory and open files allow
             */
            max_calls?: number;
            /**
             * @description Always installation
             * @enum {string}
             */
            name: "installation";
            /**
             * Format: int64
             * @description Calls that may wait for a place at a full target; 0 means 1000
             */
            queue_calls?: number;
            /**
             * Format: int64
             * @description Longest wait for a place at a full target; 0 means 10000
             */
            queue_ms?: number;
            tenant?: string;
            /** Format: date-time */
            updated_at?: string;
            updated_by?: string;
            /** Format: int64 */
            version?: number;
        };
        /** @description Fields to change: an absent one stays, null takes an optional one back to its default */
        SettingPatch: {
            /** @description Host names by which callers may address the gateway, beside its own addresses */
            allowed_hosts?: string[] | null;
            /**
             * Format: int64
             * @description Days calls are kept; 0 means 30
             */
            call_retention_days?: number | null;
            /** @description Fetch images and PDF documents by their address for upstreams that take data only: from public addresses, at most 10 MiB each */
            fetch_media?: boolean | null;
            id?: string | null;
            /**
             * Format: int64
             * @description Calls under way at once; 0 means what memory and open files allow
             */
            max_calls?: number | null;
            /**
             * @description Always installation
             * @enum {string}
             */
            name?: "installation";
            /**
             * Format: int64
             * @description Calls that may wait for a place at a full target; 0 means 1000
             */
            queue_calls?: number | null;
            /**
             * Format: int64
             * @description Longest wait for a place at a full target; 0 means 10000
             */
            queue_ms?: number | null;
            tenant?: string | null;
            /** Format: date-time */
            updated_at?: string | null;
            updated_by?: string | null;
            /** Format: int64 */
            version?: number | null;
        };
        SetupCode: {
            /** @description The setup code */
            code: string;
            /**
             * Format: date-time
             * @description When it can no longer be redeemed
             */
            expires_at: string;
        };
        SetupInput: {
            /** @description The setup code that the installer printed; headwater setup-code prints a fresh one */
            code: string;
            /**
             * @description Sign-in name of the first administrator
             * @example root
             */
            name: string;
            /** @description At least 12 characters */
            password: string;
        };
        SetupState: {
            /** @description True until there is an administrator */
            needed: boolean;
            /** @description Version of Headwater */
            version: string;
        };
        SignInInput: {
            /** @description Sign-in name */
            name: string;
            /** @description Password */
            password: string;
        };
        SignedIn: {
            /** @description The session */
            session: components["schemas"]["SessionInfo"];
            /** @description Send as 'Authorization: Bearer …'; shown this once */
            token: string;
        };
        Status: {
            /** @description Where the listeners answer */
            addresses: components["schemas"]["Addresses"];
            /**
             * Format: int64
             * @description Calls that the log could not keep since the start
             */
            calls_dropped: number;
            /**
             * @description Why calls cannot be written to the log now; absent while they can
             * @enum {string}
             */
            calls_trouble?: "disk_full" | "internal";
            /** @description Documents of each kind */
            counts: components["schemas"]["KindCount"][];
            /**
             * Format: int64
             * @description Generation of the configuration in force
             */
            generation: number;
            /** @description Routes that are not on their first choice now, 50 at most */
            routes: components["schemas"]["RouteStanding"][];
            /**
             * Format: int64
             * @description Further such routes
             */
            routes_more?: number;
            /**
             * Format: date-time
             * @description When the service started
             */
            started_at: string;
            /**
             * Format: int64
             * @description Targets of all routes
             */
            targets: number;
            /**
             * Format: int64
             * @description Targets that can take a call now
             */
            targets_well: number;
            /**
             * @description empty: nothing is configured; serving: every target is well; degraded: some are not; down: none can answer
             * @enum {string}
             */
            verdict: "empty" | "serving" | "degraded" | "down";
            /**
             * @description Version of Headwater
             * @example 0.1.0
             */
            version: string;
            /** @description The verdict as a sentence */
            words: string;
        };
        SubscribeInput: {
            /**
             * Format: int64
             * @description Number of the last event seen; 0 means only new ones
             */
            after?: number;
            /** @description Name under which events arrive; unique on this socket */
            subscription: string;
        };
        Subscribed: {
            /** @description Name under which events arrive */
            subscription: string;
        };
        TargetHealth: {
            /**
             * Format: int64
             * @description Attempts in the last hour
             */
            asked?: number;
            credential?: string;
            /**
             * Format: double
             * @description Time to the first content that 95 of 100 calls keep to; absent while too few are known
             */
            first_p95_ms?: number;
            /** Format: int64 */
            in_flight: number;
            model: string;
            /** Format: date-time */
            not_before?: string;
            /**
             * Format: int64
             * @description Those of them that were answered with 429
             */
            rate_limited?: number;
            reason?: string;
            /** Format: date-time */
            since?: string;
            state: string;
            target_id: string;
            upstream: string;
            words: string;
        };
        Tenant: {
            id?: string;
            /**
             * @description Permanent unique name
             * @example acme
             */
            name: string;
            /** @description Name upstreams in answers; without it they are t1, t2 */
            show_upstreams?: boolean;
            /**
             * @description Operator's state; empty means enabled
             * @enum {string}
             */
            state?: "enabled" | "disabled";
            tenant?: string;
            /** @description Shown to people; empty means the name */
            title?: string;
            /** Format: date-time */
            updated_at?: string;
            updated_by?: string;
            /** Format: int64 */
            version?: number;
        };
        /** @description Fields to change: an absent one stays, null takes an optional one back to its default */
        TenantPatch: {
            id?: string | null;
            /**
             * @description Permanent unique name
             * @example acme
             */
            name?: string;
            /** @description Name upstreams in answers; without it they are t1, t2 */
            show_upstreams?: boolean | null;
            /**
             * @description Operator's state; empty means enabled
             * @enum {string|null}
             */
            state?: "enabled" | "disabled" | null;
            tenant?: string | null;
            /** @description Shown to people; empty means the name */
            title?: string | null;
            /** Format: date-time */
            updated_at?: string | null;
            updated_by?: string | null;
            /** Format: int64 */
            version?: number | null;
        };
        TestCompletion: {
            /**
             * Format: double
             * @description What it cost in US dollars
             */
            cost_usd: number;
            /** @description Name of the key that was used; absent for none */
            credential?: string;
            /**
             * @description What was asked of it
             * @enum {string}
             */
            endpoint: "chat" | "embeddings";
            /** @description Model that was asked */
            model: string;
            /** @description Models it has with a like name, where it does not have this one */
            near?: string[] | null;
            /** @description False when no price is known for the model */
            price_known: boolean;
            /** @description True once the request was sent: the vendor may charge it */
            spent: boolean;
            /** @description What came back, 200 bytes at most */
            text?: string;
            /** @description Tokens it used */
            tokens: components["schemas"]["Tokens"];
        };
        TestEnd: {
            /** @description It was given up */
            canceled?: boolean;
            /** @description Why there was no test */
            problem?: components["schemas"]["ProblemDetails"];
            /** @description How it went; absent when there was no test, or it was given up */
            report?: components["schemas"]["TestReport"];
        };
        TestEvent: {
            /** @description Set in the last event */
            end?: components["schemas"]["TestEnd"];
            /**
             * @description Step that begins
             * @enum {string}
             */
            step?: "address" | "connect" | "tls" | "token" | "answer" | "auth" | "models" | "completion";
        };
        TestFollow: {
            /** @description Model that gets one tiny completion; absent means none */
            model?: string;
            /** @description Upstream, by id or name */
            ref: string;
            /** @description Name under which the steps arrive; unique on this socket */
            subscription: string;
            /** @description Tenant the name belongs to; absent means the installation */
            tenant?: string;
        };
        TestReport: {
            /**
             * Format: date-time
             * @description When the test began
             */
            at: string;
            /**
             * @description Public code of the failure
             * @example HW-UP-401
             */
            code?: string;
            /** @description The tiny request that was asked for; absent without one */
            completion?: components["schemas"]["TestCompletion"];
            /** @description What is wrong, or that all is well */
            diagnosis: string;
            /** @description The diagnosis as stable keys, sentence by sentence */
            diagnosis_said?: components["schemas"]["Said"][] | null;
            /** @description What to do next */
            hint?: string;
            /** @description The hint as stable keys; absent where it is the one of the code */
            hint_said?: components["schemas"]["Said"][] | null;
            /** @description True when the upstream answered the call */
            ok: boolean;
            /** @description What was tried, in order */
            steps: components["schemas"]["TestStep"][];
            /**
             * Format: double
             * @description Duration of the test in milliseconds
             */
            total_ms: number;
            /** @description Name of the upstream */
            upstream: string;
        };
        TestStep: {
            /**
             * Format: double
             * @description Duration in milliseconds
             */
            ms: number;
            /**
             * @description What was tried
             * @example tls
             * @enum {string}
             */
            name: "token" | "address" | "connect" | "tls" | "answer" | "auth" | "models" | "completion";
            /** @description True when it worked */
            ok: boolean;
            /** @description What was found */
            words?: string;
            /** @description The words as stable keys, sentence by sentence */
            words_said?: components["schemas"]["Said"][] | null;
        };
        Tier: {
            /**
             * Format: int64
             * @description Kind deferred: how long it keeps trying; 0 means 86400
             */
            expire_s?: number;
            /**
             * Format: int64
             * @description Kind cache: age up to which it answers in any case; 0 means only when the tiers before could not
             */
            fresh_s?: number;
            /**
             * @description What answers; empty means targets
             * @enum {string}
             */
            kind?: "targets" | "cache" | "hold" | "deferred" | "scripted";
            /**
             * Format: int64
             * @description Share of the calls that may use the tier, the others pass it over; 0 means all
             */
            percent?: number;
            /**
             * Format: int64
             * @description Kind cache: age up to which it answers when the tiers before could not; 0 means 86400
             */
            stale_s?: number;
            /**
             * @description What keeps to its target under strategy sticky, and to its side of a percentage: user, app or header:NAME; empty means nothing
             * @example header:X-Session-Id
             */
            sticky_by?: string;
            /**
             * @description Order of the targets; empty means weighted
             * @enum {string}
             */
            strategy?: "weighted" | "priority" | "balanced" | "affinity" | "latency" | "busy" | "cost" | "sticky";
            /** @description Upstreams and models; for kind targets */
            targets?: components["schemas"]["RouteTarget"][];
            /** @description Kind scripted: what it says */
            text?: string;
            /**
             * Format: int64
             * @description Kind hold: longest wait for a target to recover; 0 means 30000
             */
            wait_ms?: number;
            /** @description Condition in CEL over app, tenant, model, endpoint, dialect, stream, tokens_in, headers, hour and weekday: a call for which it does not hold passes the tier over; empty means none */
            when?: string;
        };
        Timeouts: {
            /**
             * Format: int64
             * @description DNS and TCP connect; 0 means 3000
             */
            connect_ms?: number;
            /**
             * Format: int64
             * @description Wait for the first content of a stream, four times that for a plain answer; 0 means three times the usual
             */
            first_byte_ms?: number;
            /**
             * Format: int64
             * @description Silence inside an answer; 0 means 60000
             */
            idle_ms?: number;
            /**
             * Format: int64
             * @description TLS handshake; 0 means 5000
             */
            tls_ms?: number;
        };
        Tokens: {
            /**
             * Format: int64
             * @description Tokens of sound among those in, where the upstream counts them apart
             */
            audio_in?: number;
            /**
             * Format: int64
             * @description Tokens of sound among those out, where the upstream counts them apart
             */
            audio_out?: number;
            /** Format: int64 */
            cache_write?: number;
            /** Format: int64 */
            cached_in?: number;
            /** @description The upstream told no counts, or not all of them: these are estimated */
            estimated?: boolean;
            /**
             * Format: int64
             * @description Tokens of pictures among those in, where the upstream counts them apart
             */
            image_in?: number;
            /**
             * Format: int64
             * @description Tokens of pictures among those out, where the upstream counts them apart
             */
            image_out?: number;
            /** Format: int64 */
            in: number;
            /** Format: int64 */
            out: number;
            /** Format: int64 */
            reasoning?: number;
            /**
             * Format: double
             * @description Length of the sound that was heard, where the upstream counts that
             */
            seconds?: number;
        };
        Traffic: {
            /** @description The span in equal parts, oldest first */
            buckets: components["schemas"]["TrafficBucket"][];
            /**
             * Format: int64
             * @description Calls that ended
             */
            calls: number;
            /**
             * Format: int64
             * @description Calls that failed: 5xx, or a stream that broke off
             */
            failed: number;
            /**
             * Format: int64
             * @description Calls answered after another target had failed, or by a later tier
             */
            failed_over: number;
            /**
             * Format: double
             * @description The same of the wait for the first content
             */
            first_p95_ms: number;
            /**
             * Format: int64
             * @description Span in minutes, up to now
             */
            minutes: number;
            /**
             * Format: double
             * @description Median duration of answered calls in milliseconds; 0 without any
             */
            p50_ms: number;
            /**
             * Format: double
             * @description Duration that 95 of 100 answered calls kept to, in milliseconds; 0 without any
             */
            p95_ms: number;
            /** @description True when calls from before the service started are not all counted */
            partial?: boolean;
            /**
             * Format: double
             * @description Calls a second in the last whole minute
             */
            per_second: number;
            /**
             * Format: int64
             * @description Calls that were refused: 4xx
             */
            refused: number;
            /**
             * Format: int64
             * @description Tokens asked
             */
            tokens_in: number;
            /**
             * Format: int64
             * @description Tokens answered
             */
            tokens_out: number;
        };
        TrafficBucket: {
            /**
             * Format: date-time
             * @description When it began
             */
            at: string;
            /**
             * Format: int64
             * @description Calls that ended in it
             */
            calls: number;
            /**
             * Format: int64
             * @description Those that failed
             */
            failed: number;
            /**
             * Format: double
             * @description Duration that 95 of 100 kept to, in milliseconds
             */
            p95_ms: number;
        };
        Upstream: {
            /**
             * @description Address; empty means the provider's own
             * @example https://api.openai.com/v1
             */
            base_url?: string;
            /** @description PEM certificates to trust for this upstream, beside the system's */
            ca_certificates?: string;
            /** @description Free checks: how it is asked whether it lives */
            check?: components["schemas"]["HealthCheck"];
            /** @description Numbers of the circuit breakers */
            health?: components["schemas"]["HealthPolicy"];
            id?: string;
            /** @description Allow an address on this machine or a private network */
            local?: boolean;
            /**
             * Format: date-time
             * @description When maintenance ends by itself; absent means when a person ends it
             */
            maintenance_until?: string;
            /**
             * Format: int64
             * @description Concurrent attempts per target; 0 means what a local engine says of itself, else 64
             */
            max_in_flight?: number;
            /**
             * @description Unique name that routes refer to
             * @example openai
             */
            name: string;
            /**
             * @description Catalogue id of the provider, e.g. openai, anthropic, openai-compatible, simulator
             * @example openai
             */
            provider: string;
            /**
             * @description Operator's state; empty means enabled
             * @enum {string}
             */
            state?: "enabled" | "draining" | "maintenance" | "disabled";
            tenant?: string;
            /** @description Timeouts of one attempt */
            timeouts?: components["schemas"]["Timeouts"];
            /** @description Shown to people; empty means the name */
            title?: string;
            /** Format: date-time */
            updated_at?: string;
            updated_by?: string;
            /** Format: int64 */
            version?: number;
        };
        UpstreamFigures: {
            /**
             * Format: int64
             * @description Attempts in the last hour
             */
            asked: number;
            /**
             * Format: double
             * @description Time to the first content that 95 of 100 calls keep to, of its slowest target; absent while too few are known
             */
            first_p95_ms?: number;
            /**
             * Format: int64
             * @description Credentials it has
             */
            keys: number;
            /**
             * Format: int64
             * @description Those of them that are switched off
             */
            keys_off?: number;
            /**
             * Format: int64
             * @description Those of them that were answered with 429
             */
            rate_limited?: number;
            upstream: string;
        };
        UpstreamModel: {
            /** @description What is known of it; absent when it is unknown */
            facts?: components["schemas"]["ModelEntry"];
            /** @description Name of the model at the upstream */
            id: string;
            /**
             * @description What the catalogue knows
             * @enum {string}
             */
            known: "known" | "unknown" | "deprecated";
            /** @description Routes that ask for it here, 20 at most */
            routes?: string[] | null;
        };
        UpstreamModels: {
            /**
             * Format: date-time
             * @description When the upstream was asked
             */
            at: string;
            /**
             * @description Public code of the failure
             * @example HW-UP-401
             */
            code?: string;
            /**
             * Format: int64
             * @description Models that are deprecated
             */
            deprecated: number;
            /** @description What to do next */
            hint?: string;
            /** @description The models, by id */
            items: components["schemas"]["UpstreamModel"][];
            /** @description True when the upstream gave its list */
            ok: boolean;
            /** @description Catalogue id of its provider */
            provider: string;
            /**
             * Format: int64
             * @description Models that the catalogue does not know
             */
            unknown: number;
            /** @description Name of the upstream */
            upstream: string;
            /** @description Why there is no list */
            words?: string;
        };
        /** @description Fields to change: an absent one stays, null takes an optional one back to its default */
        UpstreamPatch: {
            /**
             * @description Address; empty means the provider's own
             * @example https://api.openai.com/v1
             */
            base_url?: string | null;
            /** @description PEM certificates to trust for this upstream, beside the system's */
            ca_certificates?: string | null;
            /** @description Free checks: how it is asked whether it lives */
            check?: components["schemas"]["HealthCheck"];
            /** @description Numbers of the circuit breakers */
            health?: components["schemas"]["HealthPolicy"];
            id?: string | null;
            /** @description Allow an address on this machine or a private network */
            local?: boolean | null;
            /**
             * Format: date-time
             * @description When maintenance ends by itself; absent means when a person ends it
             */
            maintenance_until?: string | null;
            /**
             * Format: int64
             * @description Concurrent attempts per target; 0 means what a local engine says of itself, else 64
             */
            max_in_flight?: number | null;
            /**
             * @description Unique name that routes refer to
             * @example openai
             */
            name?: string;
            /**
             * @description Catalogue id of the provider, e.g. openai, anthropic, openai-compatible, simulator
             * @example openai
             */
            provider?: string;
            /**
             * @description Operator's state; empty means enabled
             * @enum {string|null}
             */
            state?: "enabled" | "draining" | "maintenance" | "disabled" | null;
            tenant?: string | null;
            /** @description Timeouts of one attempt */
            timeouts?: components["schemas"]["Timeouts"];
            /** @description Shown to people; empty means the name */
            title?: string | null;
            /** Format: date-time */
            updated_at?: string | null;
            updated_by?: string | null;
            /** Format: int64 */
            version?: number | null;
        };
        UpstreamStrip: {
            /** @description Worst state of each step, oldest first; empty where nothing is known */
            states: string[];
            upstream: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "apps.list": {
        parameters: {
            query?: {
                /** @description Only the documents of this tenant */
                tenant?: string;
                /** @description Only names that contain this */
                q?: string;
                /** @description Size of the page; 0 means 500 */
                limit?: number;
                /** @description The next of the page before */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageApp"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "apps.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["App"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["App"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "apps.get": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["App"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "apps.delete": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
                /** @description Version that was read; 0 means whatever is there */
                version?: number;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "apps.update": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AppPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["App"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "audit.verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditReport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "calls.list": {
        parameters: {
            query?: {
                /** @description Started at or after */
                since?: string;
                /** @description Started before */
                until?: string;
                /** @description HTTP status; 0 means any */
                status?: number;
                /** @description First digit of the status; 0 means any */
                status_class?: number;
                /** @description Only calls that failed or were interrupted */
                errors?: boolean;
                /** @description Error code */
                code?: string;
                /** @description Model as asked for or as answered by */
                model?: string;
                /** @description Route */
                route?: string;
                /** @description Tenant */
                tenant?: string;
                /** @description App */
                app?: string;
                /** @description Id of the key */
                key?: string;
                /** @description Upstream that answered or was tried */
                upstream?: string;
                /** @description Text in id, asked model or error */
                q?: string;
                /** @description Size of the page; 0 means 50 */
                limit?: number;
                /** @description The next of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallPage"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "calls.export": {
        parameters: {
            query?: {
                /** @description Started at or after */
                since?: string;
                /** @description Started before */
                until?: string;
                /** @description HTTP status; 0 means any */
                status?: number;
                /** @description First digit of the status; 0 means any */
                status_class?: number;
                /** @description Only calls that failed or were interrupted */
                errors?: boolean;
                /** @description Error code */
                code?: string;
                /** @description Model as asked for or as answered by */
                model?: string;
                /** @description Route */
                route?: string;
                /** @description Tenant */
                tenant?: string;
                /** @description App */
                app?: string;
                /** @description Id of the key */
                key?: string;
                /** @description Upstream that answered or was tried */
                upstream?: string;
                /** @description Text in id, asked model or error */
                q?: string;
                /** @description Size of the page; 0 means 50 */
                limit?: number;
                /** @description The next of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Content-Disposition"?: string;
                    "Content-Type"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "calls.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Request id of the call */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "capabilities.list": {
        parameters: {
            query?: {
                /** @description Id or name of an upstream; absent means all */
                upstream?: string;
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageCapabilityRecord"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "capabilities.history": {
        parameters: {
            query: {
                /** @description Id or name of the upstream */
                upstream: string;
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
                /** @description Model, by the upstream's name for it */
                model: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageCapabilityRecord"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "capabilities.show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the record */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CapabilityRecord"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "catalog.get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogState"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "catalog.preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CatalogUpload"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogDiff"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "catalog.refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CatalogUpload"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogDiff"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "catalog.reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CatalogState"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "changes.list": {
        parameters: {
            query?: {
                /** @description Size of the page; 0 means 50 */
                limit?: number;
                /** @description Only changes before this generation; 0 means the newest */
                before?: number;
                /** @description Only changes of this kind of document */
                kind?: string;
                /** @description Only changes of this document */
                doc_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageChange"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "routes.condition": {
        parameters: {
            query: {
                /** @description The condition, in CEL */
                when: string;
                /** @description The model as an app would write it */
                model?: string;
                /** @description Tenant of the calling app */
                tenant?: string;
                /** @description Name of the calling app */
                app?: string;
                /** @description End user that the request names */
                user?: string;
                /** @description Operation; absent means chat */
                endpoint?: string;
                /** @description Dialect of the caller; absent means openai */
                dialect?: string;
                /** @description Whether a stream is wanted */
                stream?: boolean;
                /** @description Tokens of the request */
                tokens_in?: number;
                /** @description Header lines of the request, one a line */
                headers?: string;
                /** @description Moment of the call; absent means now */
                at?: string;
                /** @description What the call needs of the target that answers */
                needs?: ("stream" | "tools" | "tool_choice" | "parallel_tools" | "json" | "schema" | "vision" | "documents" | "reasoning" | "stop" | "embeddings")[] | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConditionResult"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "config.export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigText"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "config.apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfigFile"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "config.diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConfigFile"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "console.send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConsoleInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsoleAnswer"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "credentials.list": {
        parameters: {
            query?: {
                /** @description Only the documents of this tenant */
                tenant?: string;
                /** @description Only names that contain this */
                q?: string;
                /** @description Size of the page; 0 means 500 */
                limit?: number;
                /** @description The next of the page before */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageCredential"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "credentials.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CredentialInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Credential"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "credentials.get": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Credential"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "credentials.delete": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
                /** @description Version that was read; 0 means whatever is there */
                version?: number;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "credentials.update": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CredentialInputPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Credential"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "drills.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDrill"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "drills.start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DrillSpec"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Drill"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "drills.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the drill */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Drill"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "drills.abort": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the drill */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Drill"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "routes.explain": {
        parameters: {
            query: {
                /** @description The model as an app would write it */
                model: string;
                /** @description Tenant of the calling app */
                tenant?: string;
                /** @description Name of the calling app */
                app?: string;
                /** @description End user that the request names */
                user?: string;
                /** @description Operation; absent means chat */
                endpoint?: string;
                /** @description Dialect of the caller; absent means openai */
                dialect?: string;
                /** @description Whether a stream is wanted */
                stream?: boolean;
                /** @description Tokens of the request */
                tokens_in?: number;
                /** @description Header lines of the request, one a line */
                headers?: string;
                /** @description Moment of the call; absent means now */
                at?: string;
                /** @description What the call needs of the target that answers */
                needs?: ("stream" | "tools" | "tool_choice" | "parallel_tools" | "json" | "schema" | "vision" | "documents" | "reasoning" | "stop" | "embeddings")[] | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "health.list": {
        parameters: {
            query?: {
                /** @description Names of upstreams; absent means all */
                upstreams?: string[] | null;
                /** @description Only targets that are not healthy, on their way back or unused; last those that a person took out of use */
                unwell?: boolean;
                /** @description How many at most; 0 means all */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageTargetHealth"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "health.history": {
        parameters: {
            query?: {
                /** @description Name of an upstream; absent means all */
                upstream?: string;
                /** @description Happened at or after */
                since?: string;
                /** @description Happened before */
                until?: string;
                /** @description The next of the page before */
                cursor?: string;
                /** @description Size of the page; 0 means 200 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageHealthEvent"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "health.strip": {
        parameters: {
            query?: {
                /** @description Names of upstreams; absent means all */
                upstreams?: string[] | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthStrip"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "health.upstreams": {
        parameters: {
            query?: {
                /** @description Names of upstreams; absent means all */
                upstreams?: string[] | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageUpstreamFigures"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "jobs.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageJob"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "jobs.start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "jobs.get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the job */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "jobs.cancel": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the job */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "keys.list": {
        parameters: {
            query?: {
                /** @description Only the documents of this tenant */
                tenant?: string;
                /** @description Only names that contain this */
                q?: string;
                /** @description Size of the page; 0 means 500 */
                limit?: number;
                /** @description The next of the page before */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageKey"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "keys.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedKey"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "keys.get": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "keys.delete": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
                /** @description Version that was read; 0 means whatever is there */
                version?: number;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "keys.update": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyInputPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "members.list": {
        parameters: {
            query?: {
                /** @description Only the documents of this tenant */
                tenant?: string;
                /** @description Only names that contain this */
                q?: string;
                /** @description Size of the page; 0 means 500 */
                limit?: number;
                /** @description The next of the page before */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageMember"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "members.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemberInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "members.get": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "members.delete": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
                /** @description Version that was read; 0 means whatever is there */
                version?: number;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "members.update": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemberInputPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Member"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "models.show": {
        parameters: {
            query: {
                /** @description Catalogue id of the provider */
                provider: string;
                /** @description Name of the model at the provider */
                model: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelDetail"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "models.list": {
        parameters: {
            query?: {
                /** @description Only models whose names, family or provider contain all these words */
                q?: string;
                /** @description Only models of these providers, by catalogue id */
                provider?: string[] | null;
                /** @description Only models of this kind */
                kind?: "chat" | "embedding" | "image" | "audio" | "video" | "rerank" | "moderation";
                /** @description Only models that can do all of these */
                ability?: ("tools" | "schema" | "reasoning" | "vision")[] | null;
                /** @description Only models of this status */
                status?: "active" | "alpha" | "beta" | "deprecated";
                /** @description Only models whose input costs at most so many US dollars for a million tokens; -1 means any, 0 free ones */
                max_input_price?: number;
                /** @description Only models with own facts */
                own?: boolean;
                /** @description Order; absent means by provider and model. What is unknown comes last */
                sort?: "model" | "context" | "max_output" | "input" | "output" | "released";
                /** @description The other way round */
                desc?: boolean;
                /** @description Size of the page; 0 means 100 */
                limit?: number;
                /** @description The next of the page before */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageModelEntry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "models.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OwnModel"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnModel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "models.get": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnModel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "models.delete": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
                /** @description Version that was read; 0 means whatever is there */
                version?: number;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "models.update": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OwnModelPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OwnModel"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "providers.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageProvider"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "routes.list": {
        parameters: {
            query?: {
                /** @description Only the documents of this tenant */
                tenant?: string;
                /** @description Only names that contain this */
                q?: string;
                /** @description Size of the page; 0 means 500 */
                limit?: number;
                /** @description The next of the page before */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageRoute"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "routes.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Route"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Route"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "routes.get": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Route"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "routes.delete": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
                /** @description Version that was read; 0 means whatever is there */
                version?: number;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "routes.update": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoutePatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Route"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "schedules.states": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageScheduleState"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "schedules.list": {
        parameters: {
            query?: {
                /** @description Only the documents of this tenant */
                tenant?: string;
                /** @description Only names that contain this */
                q?: string;
                /** @description Size of the page; 0 means 500 */
                limit?: number;
                /** @description The next of the page before */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDrillSchedule"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "schedules.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DrillSchedule"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DrillSchedule"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "schedules.get": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DrillSchedule"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "schedules.delete": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
                /** @description Version that was read; 0 means whatever is there */
                version?: number;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "schedules.update": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DrillSchedulePatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DrillSchedule"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "sessions.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageSessionInfo"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "sessions.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "sessions.current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionInfo"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "sessions.end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "sessions.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the session */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "settings.get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Setting"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "settings.update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Setting"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "setup.get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SetupState"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "setup.redeem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetupInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedIn"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "setup.renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SetupCode"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "status.get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "tenants.list": {
        parameters: {
            query?: {
                /** @description Only the documents of this tenant */
                tenant?: string;
                /** @description Only names that contain this */
                q?: string;
                /** @description Size of the page; 0 means 500 */
                limit?: number;
                /** @description The next of the page before */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageTenant"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "tenants.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Tenant"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "tenants.get": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "tenants.delete": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
                /** @description Version that was read; 0 means whatever is there */
                version?: number;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "tenants.update": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TenantPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "traffic.get": {
        parameters: {
            query?: {
                /** @description Span up to now; 0 means 60 */
                minutes?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Traffic"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "upstreams.list": {
        parameters: {
            query?: {
                /** @description Only the documents of this tenant */
                tenant?: string;
                /** @description Only names that contain this */
                q?: string;
                /** @description Size of the page; 0 means 500 */
                limit?: number;
                /** @description The next of the page before */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageUpstream"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "upstreams.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Upstream"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upstream"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "upstreams.scan": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScanReport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "upstreams.scan_range": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScanInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "upstreams.get": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upstream"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "upstreams.delete": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
                /** @description Version that was read; 0 means whatever is there */
                version?: number;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "upstreams.update": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpstreamPatch"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upstream"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "upstreams.certify": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CertifyInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "upstreams.certify_plan": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CertifyInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CertifyPlan"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "upstreams.models": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpstreamModels"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    "upstreams.test": {
        parameters: {
            query?: {
                /** @description Tenant the name belongs to; absent means the installation */
                tenant?: string;
                /** @description Model that gets one tiny completion, or embedding; absent means none, and nothing is spent */
                model?: string;
            };
            header?: never;
            path: {
                /** @description Id, or name */
                ref: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestReport"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
}
