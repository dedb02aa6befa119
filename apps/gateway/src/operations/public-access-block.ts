import { parsePublicAccessBlockConfiguration, writePublicAccessBlockConfiguration } from "@stave/s3-xml";
import { deleteStored, getStored, putStored } from "./stored-configuration.ts";
import { absentConfiguration } from "./unset-configuration.ts";

/** GetPublicAccessBlock: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html */
export const getPublicAccessBlock = getStored(
  "publicAccessBlock",
  absentConfiguration("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
);

/** PutPublicAccessBlock: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html */
export const putPublicAccessBlock = putStored("publicAccessBlock", {
  parse: parsePublicAccessBlockConfiguration,
  write: writePublicAccessBlockConfiguration,
});

/** DeletePublicAccessBlock: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html */
export const deletePublicAccessBlock = deleteStored("publicAccessBlock");
