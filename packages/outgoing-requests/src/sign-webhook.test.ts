import { expect, test } from "vitest";
import { signWebhook } from "./sign-webhook.ts";

test("signs as the reference implementations of Standard Webhooks do", () => {
  const content = {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    at: new Date(1614265330_999),
    body: '{"test": 2432232314}',
  };
  const secret = Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64");

  expect(signWebhook(content, secret)).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});
