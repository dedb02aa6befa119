import type { AnswerShape } from "./define-route.ts";
import type { OperationId, Routes } from "./routes.ts";
import type { z } from "./zod.ts";

/** `get /api/jobs/{id}`: the routes by what they are called with. */
export type RouteMap = { readonly [Id in OperationId as `${Routes[Id]["method"]} ${Routes[Id]["path"]}`]: Routes[Id] };

type Part<Name extends string, Schema> = Schema extends z.ZodType
  ? Record<string, never> extends z.input<Schema>
    ? { readonly [N in Name]?: z.input<Schema> }
    : { readonly [N in Name]: z.input<Schema> }
  : unknown;

type PartOf<Route, Name extends string> = Route extends { readonly [N in Name]: infer Schema }
  ? Part<Name, Schema>
  : unknown;

/** What a route takes, as the contract says it. */
export type CallInput<Route> = PartOf<Route, "params"> & PartOf<Route, "query"> & PartOf<Route, "body">;

/** What a route answers, whichever status it is. `Stream` is how the client has answers that are no JSON. */
export type CallAnswer<Route, Stream = unknown> = Route extends { readonly answers: infer Answers }
  ? {
      [Status in keyof Answers]: {
        readonly status: Status;
        readonly headers: Readonly<Record<string, string>>;
        readonly body: ContentOf<Answers[Status], Stream>;
      };
    }[keyof Answers]
  : never;

type ContentOf<Shape, Stream> = Shape extends z.ZodType
  ? z.output<Shape>
  : Shape extends "empty"
    ? undefined
    : Shape extends { readonly json: infer Json extends z.ZodType }
      ? z.output<Json>
      : Shape extends AnswerShape
        ? Stream
        : never;
