import type { Readable } from "node:stream";
import type { AnswerShape, OperationId, RouteDefinition, Routes, z } from "@stave/api-contract";
import type { Request } from "express";
import type { Caller } from "./caller.ts";

/** What a handler gets: who asks, from where, and what the contract has validated. */
export type ApiRequest<Route extends RouteDefinition> = {
  readonly caller: Route["access"] extends "public" ? Caller | undefined : Caller;
  readonly params: Input<Route["params"]>;
  readonly query: Input<Route["query"]>;
  readonly body: Input<Route["body"]>;
  /** The bytes that follow, for routes that take some. */
  readonly message: Request;
  readonly requestId: string;
  readonly address: string;
};

type Input<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

type AnswerHeaders = Readonly<Record<string, string | readonly string[]>>;

/** What a handler answers: one of the answers of the contract. */
export type ApiAnswer<Route extends RouteDefinition> = {
  [Status in keyof Route["answers"]]: {
    readonly status: Status;
    readonly headers?: AnswerHeaders;
  } & Content<Route["answers"][Status]>;
}[keyof Route["answers"]];

type Content<Shape> = Shape extends z.ZodType
  ? { readonly body: z.input<Shape> }
  : Shape extends "empty"
    ? { readonly body?: undefined }
    : Shape extends { readonly json: infer Json extends z.ZodType }
      ? { readonly body: z.input<Json> } | { readonly bytes: Readable }
      : Shape extends AnswerShape
        ? { readonly bytes: Readable }
        : never;

/** What any handler answers, for those who do not look into it. */
export type AnyAnswer = {
  readonly status: number;
  readonly headers?: AnswerHeaders;
  readonly body?: unknown;
  readonly bytes?: Readable;
};

export type Handler<Id extends OperationId> = (
  request: ApiRequest<Routes[Id]>,
) => Promise<ApiAnswer<Routes[Id]>> | ApiAnswer<Routes[Id]>;

/** One handler for each operation of the contract. */
export type Handlers = { readonly [Id in OperationId]: Handler<Id> };
