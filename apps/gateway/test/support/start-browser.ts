import { join } from "node:path";
import { startClient } from "./start-client.ts";

export type BrowserPage = {
  /** What the user does with a file input: {@link selector} finds it. */
  chooseFile(selector: string, path: string): Promise<void>;
  /** The value of a JavaScript expression in the page. */
  evaluate(expression: string): Promise<unknown>;
};

/** A page that is watched from its first request on. */
export type WatchedPage = BrowserPage & {
  /** What the console of the page has said that is worse than information: errors, warnings, what the content security policy forbade. */
  troubles(): readonly string[];
  /** Every address that the page has asked for. */
  requests(): readonly string[];
  /** PNG. */
  screenshot(): Promise<Buffer>;
};

export type Browser = {
  openPage(url: string): Promise<BrowserPage>;
  openWatchedPage(url: string): Promise<WatchedPage>;
  stop(): Promise<void>;
};

type Reply = { readonly id: number; readonly result?: unknown; readonly error?: { readonly message: string } };
type PageEvent = { readonly method: string; readonly params: unknown; readonly sessionId: string };
type Send = <T>(method: string, parameters?: object, sessionId?: string) => Promise<T>;

// Root has no use for the sandbox; the others keep it from calling home.
const switches =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

/** Chromium without a window, driven by its own protocol: https://chromedevtools.github.io/devtools-protocol/ */
export async function startBrowser(command: string, { home }: { readonly home: string }): Promise<Browser> {
  const profile = `--user-data-dir=${join(home, "profile")}`;
  const chromium = startClient(command, [...switches.split(" "), profile, "--remote-debugging-port=0"], { home });
  const [, address = ""] = await chromium.printed(/DevTools listening on (ws:\S+)/);
  const socket = new WebSocket(address);
  const send = await connect(socket);

  return {
    openWatchedPage: async (url) => {
      const { targetId } = await send<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
      const { sessionId } = await send<{ sessionId: string }>("Target.attachToTarget", { targetId, flatten: true });
      const ofPage: Send = (method, parameters) => send(method, parameters, sessionId);
      const { troubles, requests } = watch(socket, sessionId);
      for (const domain of ["Log", "Runtime", "Network", "Page"]) await ofPage(`${domain}.enable`);
      await ofPage("Page.navigate", { url });
      return {
        ...createPage(ofPage),
        troubles: () => troubles,
        requests: () => requests,
        screenshot: async () => {
          const { data } = await ofPage<{ data: string }>("Page.captureScreenshot");
          return Buffer.from(data, "base64");
        },
      };
    },
    openPage: async (url) => {
      const { targetId } = await send<{ targetId: string }>("Target.createTarget", { url });
      const attached = await send<{ sessionId: string }>("Target.attachToTarget", { targetId, flatten: true });
      return createPage((method, parameters) => send(method, parameters, attached.sessionId));
    },
    stop: async () => {
      socket.close();
      await chromium.stop();
    },
  };
}

function createPage(send: Send): BrowserPage {
  return {
    chooseFile: async (selector, path) => {
      const { root } = await send<{ root: { nodeId: number } }>("DOM.getDocument");
      const { nodeId } = await send<{ nodeId: number }>("DOM.querySelector", { nodeId: root.nodeId, selector });
      await send("DOM.setFileInputFiles", { nodeId, files: [path] });
    },
    evaluate: async (expression) => {
      const { result } = await send<{ result: { value?: unknown } }>("Runtime.evaluate", { expression });
      return result.value;
    },
  };
}

function watch(socket: WebSocket, sessionId: string) {
  const troubles: string[] = [];
  const requests: string[] = [];
  socket.addEventListener("message", ({ data }) => {
    const event: PageEvent = JSON.parse(String(data));
    if (event.sessionId !== sessionId || event.method === undefined) return;
    if (event.method === "Network.requestWillBeSent") {
      requests.push((event.params as { request: { url: string } }).request.url);
      return;
    }
    const said = JSON.stringify(event.params);
    if (event.method === "Runtime.exceptionThrown") troubles.push(said);
    if (event.method === "Runtime.consoleAPICalled" && /"type":"(?:error|warning|assert)"/.test(said))
      troubles.push(said);
    if (event.method === "Log.entryAdded" && !/"level":"(?:verbose|info)"/.test(said)) troubles.push(said);
  });
  return { troubles, requests };
}

async function connect(socket: WebSocket): Promise<Send> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error }: Reply = JSON.parse(String(data));
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(error.message));
    waiting.delete(id);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  let lastId = 0;
  return <T>(method: string, parameters: object = {}, sessionId?: string) => {
    const reply = Promise.withResolvers<unknown>();
    waiting.set(++lastId, reply);
    socket.send(JSON.stringify({ id: lastId, method, params: parameters, sessionId }));
    return reply.promise as Promise<T>;
  };
}
