import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { lookOnceATurn } from "./look-once-a-turn.ts";

let looks = 0;
const count = () => ++looks;

test("requests of one turn share a look, and those of the next have their own", async () => {
  looks = 0;
  const turn = lookOnceATurn(count);

  turn.takeRequest();
  expect(turn.look()).toBe(1);
  turn.takeRequest();
  expect(turn.look()).toBe(1);
  await Promise.resolve();
  expect(turn.look()).toBe(1);
  await nextTurn();
  turn.takeRequest();

  expect(turn.look()).toBe(2);
});

test("who looks when no request is being taken sees what is there now", async () => {
  looks = 0;
  const turn = lookOnceATurn(count);

  expect([turn.look(), turn.look()]).toEqual([1, 2]);
  turn.takeRequest();
  turn.look();
  await nextTurn();

  expect([turn.look(), turn.look()]).toEqual([4, 5]);
});
