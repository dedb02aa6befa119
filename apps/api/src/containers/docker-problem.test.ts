import { DockerServicesError } from "@stave/docker-services";
import { expect, test } from "vitest";
import { orDockerProblem, redact } from "./docker-problem.ts";

test("repeats no secret of a container, also where one is a part of another", () => {
  const secrets = ["abcdefgh", "abcdefgh-and-more", "on"];

  expect(redact("turned on: abcdefgh-and-more, abcdefgh", secrets)).toBe("turned on: ***, ***");
});

test("is an answer for who asked, with the sentence of Docker", async () => {
  const taken = new DockerServicesError("PortTaken", "Port 9000 is in use: choose another one.");

  await expect(orDockerProblem(Promise.reject(taken))).rejects.toMatchObject({
    code: "CONFLICT",
    message: "Port 9000 is in use: choose another one.",
    cause: taken,
  });
  const other = new Error("a bug");
  await expect(orDockerProblem(Promise.reject(other))).rejects.toBe(other);
});
