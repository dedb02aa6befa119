import type { Ending } from "./exchange.ts";
import type { Identities, Identity } from "./identities.ts";
import { maySucceed } from "./may-succeed.ts";
import { type Model, protectedBucket } from "./model.ts";
import { mutateBytes } from "./mutations/bytes.ts";
import { chunkMutations } from "./mutations/chunks.ts";
import { documentMutations } from "./mutations/documents.ts";
import { formMutations } from "./mutations/forms.ts";
import { framingMutations } from "./mutations/framing.ts";
import { headerMutations } from "./mutations/headers.ts";
import type { Mutation } from "./mutations/mutation.ts";
import { targetMutations } from "./mutations/target.ts";
import { createRandom, type Random } from "./random.ts";
import { readRequests } from "./read-requests.ts";
import { isStreaming, type Recording, signAgain, unsigned, withLength } from "./record.ts";
import { toBytes, type WireRequest, withoutHeaders } from "./wire-request.ts";

/** What is sent on one connection, and how it came about. */
export type Case = {
  readonly number: number;
  /** Whose request of which operation it was. */
  readonly source: string;
  readonly mutations: readonly string[];
  readonly pieces: readonly Buffer[];
  readonly ending: Ending;
};

export type CaseContext = {
  readonly seed: number;
  readonly identities: Identities;
  /** Good requests, of each who asks. */
  readonly recordings: Readonly<Record<Identity["name"], readonly [Recording, ...Recording[]]>>;
  readonly at: Date;
};

/** Draws the case of a number. It depends on nothing but seed, number and recordings. */
export function createCase(number: number, context: CaseContext): Case {
  const random = createRandom(context.seed, `case ${number}`);
  const who = random.pick<Identity["name"]>(["fuzz", "fuzz", "fuzz", "fuzz", "fuzz", "nobody", "impostor", "owner"]);
  const recording = random.pick(context.recordings[who]);
  const names: string[] = [];
  const request = mutateRequest(recording, { random, names, at: context.at });
  let bytes = toBytes(request);
  if (random.isOneIn(6)) {
    names.push("bytes");
    bytes = mutateBytes(bytes, toBytes(random.pick(context.recordings[who]).request), random);
  }
  if (who !== "owner" && random.isOneIn(10)) {
    names.push("pipelined");
    bytes = pipeline(bytes, context.recordings[who], random);
  }
  if (who === "owner" && mayHaveEffect(bytes, context.identities)) {
    names.push("signature spoiled");
    const spoiled = spoilSignature(bytes);
    // A mutation can hide the signature from what spoils it.
    bytes = mayHaveEffect(spoiled, context.identities) ? spoilSignature(toBytes(recording.request)) : spoiled;
  }
  const source = `${recording.model.operation} of ${who}`;
  return { number, source, mutations: names, pieces: split(bytes, random), ending: chooseEnding(bytes, random) };
}

/** The same request on the bucket that nothing may change. */
export function onProtected(model: Model): Model {
  const turn = (path: string) => {
    return path
      .replace(/^\/?fuzz(-\w+)?(?=[/?]|$)/, `/${protectedBucket}`)
      .replace(/^(\/protected\/)k(?=[?]|$)/, "$1secret.txt");
  };
  const headers = Object.entries(model.headers).map(([name, value]) => {
    return [name, name.endsWith("-source") ? turn(value) : value.replace(/^fuzz(-\w+)?\./, `${protectedBucket}.`)];
  });
  return { ...model, target: turn(model.target), headers: Object.fromEntries(headers) };
}

type Draw = { readonly random: Random; readonly names: string[]; readonly at: Date };

function mutateRequest(recording: Recording, { random, names, at }: Draw): WireRequest {
  const { model, identity } = recording;
  const change = (request: WireRequest, groups: readonly [Groups, ...Groups[]]): WireRequest => {
    const mutation = random.pick(random.pick(groups));
    names.push(mutation.name);
    return mutation.apply(request, random);
  };
  const content = contentGroups(model);
  const count = random.pick([0, 1, 1, 1, 1, 1, 2, 2, 3]);

  if (identity.name !== "owner" && model.auth === "header" && random.isOneIn(2)) {
    let request = unsigned(model);
    for (let left = count; left > 0; left -= 1)
      request = change(request, [targetMutations, headerMutations, ...content]);
    names.push("signed again");
    request = signAgain(request, { payload: model.payload, identity, at });
    if (isStreaming(model.payload) && random.below(10) < 6)
      request = withOwnLength(change(request, [chunkMutations]), random);
    else if (random.isOneIn(4)) request = change(request, [framingMutations]);
    return request;
  }
  const chunks = isStreaming(model.payload) ? [chunkMutations, chunkMutations] : [];
  let request = recording.request;
  for (let left = count; left > 0; left -= 1) {
    const before = request.body;
    request = change(request, [targetMutations, headerMutations, framingMutations, ...content, ...chunks]);
    if (request.body !== before) request = withOwnLength(request, random);
  }
  return request;
}

type Groups = readonly [Mutation, ...Mutation[]];

function contentGroups({ bodyKind }: Model): readonly Groups[] {
  if (bodyKind === "form") return [formMutations, formMutations, formMutations];
  return bodyKind === "xml" || bodyKind === "json" ? [documentMutations, documentMutations] : [];
}

/** Mostly the length is put right, so that more than the framing is tried. */
function withOwnLength(request: WireRequest, random: Random): WireRequest {
  const isLengthAlone = !request.headers.some(([name]) => name.toLowerCase() === "transfer-encoding");
  return isLengthAlone && random.below(10) < 8 ? withLength(withoutHeaders(request, ["content-length"])) : request;
}

function pipeline(bytes: Buffer, recordings: readonly [Recording, ...Recording[]], random: Random): Buffer {
  const others = Array.from({ length: 1 + random.below(4) }, () => toBytes(random.pick(recordings).request));
  return random.pick([
    () => Buffer.concat([bytes, ...others]),
    () => Buffer.concat([...others, bytes]),
    () => Buffer.concat([...others, bytes, ...others]),
    () => Buffer.concat([bytes, Buffer.from("\r\n\r\n"), ...others]),
  ])();
}

/** The owner may do everything: what is sent in the owner's name must not be what the owner has signed. */
function mayHaveEffect(bytes: Buffer, identities: Identities): boolean {
  const { requests, partial } = readRequests(bytes);
  if (partial !== undefined && maySucceed(partial, identities, { isPartial: true }).may) return true;
  return requests.some((request) => maySucceed(request, identities).may);
}

function spoilSignature(bytes: Buffer): Buffer {
  const text = bytes.toString("latin1");
  const spoiled = text.replace(
    /(Signature=)([0-9a-f])/gi,
    (_, name: string, digit: string) => name + (digit === "0" ? "1" : "0"),
  );
  return Buffer.from(spoiled, "latin1");
}

function split(bytes: Buffer, random: Random): readonly Buffer[] {
  if (!random.isOneIn(3) || bytes.length < 2) return [bytes];
  const cuts = Array.from({ length: 1 + random.below(5) }, () => 1 + random.below(bytes.length - 1)).sort(
    (a, b) => a - b,
  );
  return [0, ...cuts]
    .map((cut, at) => bytes.subarray(cut, cuts[at] ?? bytes.length))
    .filter(({ length }) => length > 0);
}

function chooseEnding(bytes: Buffer, random: Random): Ending {
  if (random.isOneIn(20)) return { kind: "abort" };
  const { requests, end } = readRequests(bytes);
  const isClear = end === "whole" && requests.length > 0 && !requests.some(({ isLarge }) => isLarge);
  if (!isClear) return { kind: "stall" };
  const upgrade = requests.findIndex(({ asksUpgrade }) => asksUpgrade);
  return { kind: "keep", answers: upgrade === -1 ? requests.length : upgrade + 1 };
}
