// The service inside React: reading is a query, changing is a command, and
// what changes in the service makes the queries of its noun stale.

import {
  type InfiniteData,
  QueryClient,
  QueryClientProvider,
  type UseMutationResult,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from "react";
import {
  type Call,
  CallError,
  callOver,
  type OperationId,
  type Params,
  type Push,
  type Result,
  type Streams,
} from "./call";
import type { Line, LineState } from "./line";
import { inTurn, type Turn } from "./turn";

interface Service {
  line: Line;
  call: Call;
}

const ServiceContext = createContext<Service | null>(null);

/** What is read stays as it is until an event says otherwise; this only bounds how long unseen data is kept. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: false,
        networkMode: "always",
        // What the service refuses it refuses again; a lost line is worth waiting for.
        retry: (count, error) => error instanceof CallError && error.problem.status === 0 && count < 3,
        retryDelay: 500,
      },
      // Some commands answer with a secret: nothing of it is kept.
      mutations: { networkMode: "always", gcTime: 0 },
    },
  });
}

export function ServiceProvider(props: { line: Line; client: QueryClient; children: ReactNode }) {
  const service = useRef<Service>({ line: props.line, call: callOver(props.line) });
  return (
    <ServiceContext.Provider value={service.current}>
      <QueryClientProvider client={props.client}>
        <Freshness />
        {props.children}
      </QueryClientProvider>
    </ServiceContext.Provider>
  );
}

function useService(): Service {
  const service = useContext(ServiceContext);
  if (!service) throw new Error("There is no ServiceProvider above this component.");
  return service;
}

export function useLine(): Line {
  return useService().line;
}

export function useLineState(): LineState {
  const { line } = useService();
  return useSyncExternalStore(
    (changed) => line.watch(changed),
    () => line.state(),
  );
}

/** True when commands can be sent: contact, and an administrator. */
export function useMayWrite(): { may: boolean; why?: "offline" | "viewer" } {
  const state = useLineState();
  if (state.phase !== "online") return { may: false, why: "offline" };
  if (state.role === "viewer") return { may: false, why: "viewer" };
  return { may: true };
}

/** Runs an operation once, outside of queries and commands. */
export function useCall(): Call {
  return useService().call;
}

/** The noun of an operation: queries of one noun become stale together. */
export function nounOf(id: string): string {
  return id.split(".")[0] ?? id;
}

interface ReadOptions {
  enabled?: boolean;
  /** Ask again this often, in milliseconds, while it is looked at. */
  every?: number;
  /** Ask anew when it comes on the screen, however fresh what is known may look. */
  anew?: boolean;
}

/** Reads: the result of an operation, kept fresh. */
export function useRead<Id extends OperationId>(
  id: Id,
  params: Params<Id>,
  options: ReadOptions = {},
): UseQueryResult<Result<Id>, CallError> {
  const { call } = useService();
  return useQuery<Result<Id>, CallError>({
    queryKey: [nounOf(id), id, params],
    queryFn: () => (call as (id: Id, params: Params<Id>) => Promise<Result<Id>>)(id, params),
    enabled: options.enabled ?? true,
    refetchInterval: options.every ?? false,
    refetchOnMount: options.anew ? "always" : true,
  });
}

type PagedId = {
  [Id in OperationId]: Result<Id> extends { items: unknown[]; next?: string } ? Id : never;
}[OperationId];
type Item<Id extends PagedId> = Result<Id> extends { items: (infer One)[] } ? One : never;

/** All pages of a list read so far, as one array. */
export interface Listing<Row> {
  rows: Row[];
  total: number | undefined;
  error: CallError | null;
  loading: boolean;
  more: (() => void) | undefined;
  refetch(): void;
}

/** Reads a list page by page. cursor is the parameter that carries the last page's next. */
export function useListing<Id extends PagedId>(
  id: Id,
  params: Omit<Params<Id>, "after" | "cursor">,
  cursor: "after" | "cursor" = "after",
): Listing<Item<Id>> {
  const { call } = useService();
  type Page = { items: Item<Id>[]; next?: string; total?: number };
  const query = useInfiniteQuery<Page, CallError, InfiniteData<Page>, unknown[], string>({
    // What is read page by page has another form than the same read at once.
    queryKey: [nounOf(id), id, params, "pages"],
    queryFn: ({ pageParam }) =>
      (call as unknown as (id: string, params: unknown) => Promise<Page>)(
        id,
        pageParam ? { ...params, [cursor]: pageParam } : params,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  return {
    rows,
    total: query.data?.pages[0]?.total,
    error: query.error,
    loading: query.isPending,
    more: query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : undefined,
    refetch: () => void query.refetch(),
  };
}

/** Changes something; afterwards what shows its noun (and the nouns in also) is read anew. */
export function useCommand<Id extends OperationId>(
  id: Id,
  also: string[] = [],
): UseMutationResult<Result<Id>, CallError, Params<Id>> {
  const { call } = useService();
  const client = useQueryClient();
  return useMutation<Result<Id>, CallError, Params<Id>>({
    mutationFn: (params) => (call as (id: Id, params: Params<Id>) => Promise<Result<Id>>)(id, params),
    onSuccess: () =>
      Promise.all(
        [nounOf(id), "status", ...also].map((noun) => client.invalidateQueries({ queryKey: [noun] })),
      ),
  });
}

/** Follows a stream as long as the component is there. */
export function useFollow<Name extends keyof Streams>(
  stream: Name,
  follower: (push: Push<Name>) => void,
): void {
  const { line } = useService();
  const latest = useRef(follower);
  latest.current = follower;
  useEffect(() => line.follow(stream, (push) => latest.current(push)), [line, stream]);
}

/** How long what follows from health rests after it was read, in milliseconds. */
const healthRest = 1000;
/** The same for the strips: one step of theirs is a quarter of an hour. */
const stripRest = 10_000;

/** What a single transition hardly changes: it is read anew in its own time. */
const slow = ["health.strip", "health.upstreams"];

/** Reads anew what follows from health; under a storm of news not for each of them. */
function useHealthNews(): void {
  const client = useQueryClient();
  const turns = useRef<Turn[]>([]);
  useEffect(() => {
    const made = [
      inTurn(
        () =>
          client.invalidateQueries({
            predicate: ({ queryKey: [noun, id] }) =>
              // Where a call would go follows from health, not from the route alone.
              noun === "status" ||
              id === "routes.explain" ||
              (noun === "health" && !slow.includes(String(id))),
          }),
        healthRest,
      ),
      inTurn(() => client.invalidateQueries({ queryKey: ["health", "health.strip"] }), stripRest),
    ];
    turns.current = made;
    return () => {
      for (const turn of made) turn.stop();
    };
  }, [client]);
  useFollow("health.watch", () => {
    for (const turn of turns.current) turn.want();
  });
}

/** Makes queries stale by what the service says has changed. */
function Freshness() {
  const client = useQueryClient();
  const { phase } = useLineState();
  const before = useRef(phase);
  useFollow("config.changed", () => {
    void client.invalidateQueries({
      predicate: (query) => !["calls", "jobs", "drills", "providers"].includes(String(query.queryKey[0])),
    });
  });
  useHealthNews();
  useEffect(() => {
    // Back after an absence: everything that is looked at is read anew.
    if (phase === "online" && before.current !== "online") void client.invalidateQueries();
    if (phase === "signed_out") client.clear();
    before.current = phase;
  }, [phase, client]);
  return null;
}
