import { parseTagging, writeTagging } from "@stave/s3-xml";
import { checkTags } from "../headers/tags.ts";
import { deleteStored, getStored, putStored } from "./stored-configuration.ts";
import { absentConfiguration } from "./unset-configuration.ts";

/** GetBucketTagging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html */
export const getBucketTagging = getStored("tagging", absentConfiguration("NoSuchTagSet", "The TagSet does not exist"));

/** PutBucketTagging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html */
export const putBucketTagging = putStored("tagging", {
  parse: parseTagging,
  write: writeTagging,
  check: (tags) => checkTags(tags, "bucket"),
  status: 204,
});

/** DeleteBucketTagging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html */
export const deleteBucketTagging = deleteStored("tagging");
