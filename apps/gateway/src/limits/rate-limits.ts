import type { Socket } from "node:net";
import type { Identity } from "../auth/identity.ts";
import type { Peer } from "../peer/find-peer.ts";
import { addressName } from "./address-name.ts";
import type { LimitKind } from "./limit-kind.ts";
import { type BucketUse, createLimitTable, type LimitTable } from "./limit-table.ts";
import { slowDown } from "./slow-down.ts";

export type RateLimit = {
  readonly requestsPerSecond?: number | undefined;
  /** Received and sent, heads included. */
  readonly bytesPerSecond?: number | undefined;
};

export interface RateLimitsOptions {
  readonly perKey: RateLimit;
  readonly perAddress: RateLimit;
  /** Does not jump, as the time of day does. */
  readonly nowMs: () => number;
  /** Whether other processes are to hear what is used here. */
  readonly isShared: boolean;
  readonly onRefused: (limit: LimitKind) => void;
}

/** What one process tells others of use. */
export type LimitUse = { readonly keys: readonly BucketUse[]; readonly addresses: readonly BucketUse[] };

export interface RateLimits {
  /** To be called when the head of a request has arrived. */
  begin(peer: Peer, socket: Socket): RequestMeter;
  /** What was used here since the last call; undefined for nothing. */
  takeUse(): LimitUse | undefined;
  /** Counts what was used elsewhere. */
  addUse(use: LimitUse): void;
}

/** Counts what one request uses. */
export interface RequestMeter {
  /** Before anybody has authenticated it, so that a flood of bad signatures costs little. Throws `SlowDown`. */
  admitAddress(): void;
  /** When it is known who asks; nothing for nobody. Throws `SlowDown`. */
  admitKey(identity: Identity | undefined): void;
  /** Counts what the connection has moved up to now; what to wait for before it moves more, if anything. */
  pause(): Promise<void> | undefined;
  /** Counts the rest, what was refused included. */
  end(): void;
}

/** Undefined when nothing is limited: then requests pay nothing. */
export function createRateLimits(options: RateLimitsOptions): RateLimits | undefined {
  const keys = createTable(options.perKey, options);
  const addresses = createTable(options.perAddress, options);
  if (keys === undefined && addresses === undefined) return undefined;
  const { onRefused } = options;
  const limitsBytes = options.perKey.bytesPerSecond !== undefined || options.perAddress.bytesPerSecond !== undefined;
  /** Bytes of a connection that have been counted: a request begins where the last one ended. */
  const counted = new WeakMap<Socket, number>();

  const admit = (table: LimitTable, name: string, per: "key" | "address"): void => {
    const refusal = table.admit(name);
    if (refusal === undefined) return;
    onRefused(`${refusal.by}-per-${per}`);
    throw slowDown(refusal.retryAfterSeconds);
  };

  return {
    begin(peer, socket) {
      const address = addressName(peer.address);
      let key: string | undefined;
      const count = () => {
        const movedBytes = socket.bytesRead + socket.bytesWritten;
        const bytes = movedBytes - (counted.get(socket) ?? 0);
        counted.set(socket, movedBytes);
        addresses?.addBytes(address, bytes);
        if (key !== undefined) keys?.addBytes(key, bytes);
      };
      return {
        admitAddress() {
          if (addresses !== undefined) admit(addresses, address, "address");
        },
        admitKey(identity) {
          if (keys === undefined || identity === undefined) return;
          const name = keyName(identity);
          admit(keys, name, "key");
          key = name;
        },
        pause() {
          if (!limitsBytes) return undefined;
          count();
          const ofKey = key === undefined ? 0 : (keys?.pauseMs(key) ?? 0);
          const pauseMs = Math.max(addresses?.pauseMs(address) ?? 0, ofKey);
          return pauseMs === 0 || socket.destroyed ? undefined : wait(socket, pauseMs);
        },
        end() {
          if (limitsBytes) count();
        },
      };
    },
    takeUse() {
      const use = { keys: keys?.takeUse() ?? [], addresses: addresses?.takeUse() ?? [] };
      return use.keys.length === 0 && use.addresses.length === 0 ? undefined : use;
    },
    addUse(use) {
      keys?.addUse(use.keys);
      addresses?.addUse(use.addresses);
    },
  };
}

/** Temporary keys cost nothing to make: all those of an account have one budget. */
function keyName({ accessKeyId, account, isTemporary }: Identity): string {
  return isTemporary ? `sessions of ${account.id}` : accessKeyId;
}

function createTable(limit: RateLimit, { nowMs, isShared }: RateLimitsOptions): LimitTable | undefined {
  if (limit.requestsPerSecond === undefined && limit.bytesPerSecond === undefined) return undefined;
  return createLimitTable({ ...limit, nowMs, isTold: isShared });
}

/** Nobody waits for a connection that is gone. */
function wait(socket: Socket, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      socket.off("close", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    socket.once("close", finish);
  });
}
