const tag = "<Tag><Key> team </Key><Value>a&amp;b</Value></Tag>";
const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
const grants =
  `<Grant><Grantee ${xsi} xsi:type="CanonicalUser"><ID>a1</ID><DisplayName>Ann</DisplayName></Grantee>` +
  `<Permission>FULL_CONTROL</Permission></Grant><Grant><Grantee ${xsi} xsi:type="Group">` +
  "<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>" +
  `<Grant><Grantee ${xsi} xsi:type="AmazonCustomerByEmail"><EmailAddress>b@example.com</EmailAddress></Grantee>` +
  "<Permission>WRITE</Permission></Grant>";

/**
 * One document for each reader, with all the members it knows. Where S3 answers with the same document, members stand as
 * the writer has them, so that what is read and written again is the sample.
 */
export const requestSamples: Readonly<Record<string, string>> = {
  AccelerateConfiguration: "<Status>Suspended</Status>",
  AccessControlPolicy: `<Owner><ID>a1</ID><DisplayName>Ann</DisplayName></Owner><AccessControlList>${grants}</AccessControlList>`,
  BucketLoggingStatus:
    `<LoggingEnabled><TargetBucket>logs</TargetBucket><TargetGrants>${grants}</TargetGrants><TargetObjectKeyFormat>` +
    "<PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix>" +
    "</TargetObjectKeyFormat><TargetPrefix> a/ </TargetPrefix></LoggingEnabled>",
  CompleteMultipartUpload:
    "<Part><PartNumber>1</PartNumber><ETag>&quot;79b2&quot;</ETag><ChecksumSHA256>tfmz=</ChecksumSHA256></Part>",
  CORSConfiguration:
    "<CORSRule><AllowedHeader>*</AllowedHeader><AllowedHeader>x-a</AllowedHeader><AllowedMethod>GET</AllowedMethod>" +
    "<AllowedMethod>PUT</AllowedMethod><AllowedOrigin>https://*.example.com</AllowedOrigin><ExposeHeader>ETag" +
    "</ExposeHeader><ID>one</ID><MaxAgeSeconds>3000</MaxAgeSeconds></CORSRule><CORSRule><AllowedMethod>HEAD" +
    "</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule>",
  CreateBucketConfiguration: `<LocationConstraint>eu-central-1</LocationConstraint><Tags>${tag}</Tags>`,
  Delete: "<Quiet>true</Quiet><Object><Key> a&#13;</Key><VersionId>v1</VersionId><ETag>79b2</ETag></Object>",
  LegalHold: "<Status>ON</Status>",
  LifecycleConfiguration:
    "<Rule><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>" +
    "</AbortIncompleteMultipartUpload><Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration><Filter><And>" +
    "<ObjectSizeGreaterThan>500</ObjectSizeGreaterThan><ObjectSizeLessThan>5497558138880</ObjectSizeLessThan>" +
    `<Prefix> a/</Prefix>${tag}${tag}</And></Filter><ID>one</ID><NoncurrentVersionExpiration>` +
    "<NewerNoncurrentVersions>3</NewerNoncurrentVersions><NoncurrentDays>30</NoncurrentDays>" +
    "</NoncurrentVersionExpiration><NoncurrentVersionTransition><NoncurrentDays>5</NoncurrentDays>" +
    "<StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition><Status>Enabled</Status><Transition>" +
    "<Days>10</Days><StorageClass>GLACIER</StorageClass></Transition></Rule><Rule><Expiration><Days>1</Days>" +
    "</Expiration><Prefix></Prefix><Status>Disabled</Status></Rule><Rule><Expiration><ExpiredObjectDeleteMarker>true" +
    `</ExpiredObjectDeleteMarker></Expiration><Filter>${tag}</Filter><Status>Enabled</Status></Rule>`,
  NotificationConfiguration:
    "<TopicConfiguration><Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>prefix</Name>" +
    "<Value>a/</Value></FilterRule><FilterRule><Name>suffix</Name><Value></Value></FilterRule></S3Key></Filter>" +
    "<Id>one</Id><Topic>arn:t</Topic></TopicConfiguration><QueueConfiguration><Event>s3:ObjectRemoved:*</Event>" +
    "<Event>s3:ObjectCreated:Put</Event><Queue>arn:q</Queue></QueueConfiguration><CloudFunctionConfiguration>" +
    "<Event>s3:ObjectRestore:*</Event><CloudFunction>arn:f</CloudFunction></CloudFunctionConfiguration>" +
    "<EventBridgeConfiguration></EventBridgeConfiguration>",
  ObjectLockConfiguration:
    "<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Days>30</Days><Mode>COMPLIANCE</Mode>" +
    "</DefaultRetention></Rule>",
  OwnershipControls: "<Rule><ObjectOwnership>BucketOwnerPreferred</ObjectOwnership></Rule>",
  PublicAccessBlockConfiguration:
    "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>false</IgnorePublicAcls>" +
    "<BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>false</RestrictPublicBuckets>",
  ReplicationConfiguration:
    "<Role>arn:r</Role><Rule><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication><Destination>" +
    "<AccessControlTranslation><Owner>Destination</Owner></AccessControlTranslation><Account>1</Account>" +
    "<Bucket>arn:b</Bucket><EncryptionConfiguration><ReplicaKmsKeyID>k</ReplicaKmsKeyID></EncryptionConfiguration>" +
    "<Metrics><EventThreshold><Minutes>15</Minutes></EventThreshold><Status>Enabled</Status></Metrics>" +
    "<ReplicationTime><Status>Enabled</Status><Time><Minutes>15</Minutes></Time></ReplicationTime>" +
    "<StorageClass>STANDARD_IA</StorageClass></Destination><ExistingObjectReplication><Status>Enabled</Status>" +
    `</ExistingObjectReplication><Filter><And><Prefix>a/</Prefix>${tag}</And></Filter><ID>one</ID>` +
    "<Priority>-1</Priority><SourceSelectionCriteria><ReplicaModifications><Status>Enabled</Status>" +
    "</ReplicaModifications><SseKmsEncryptedObjects><Status>Disabled</Status></SseKmsEncryptedObjects>" +
    "</SourceSelectionCriteria><Status>Enabled</Status></Rule><Rule><Destination><Bucket>arn:b</Bucket>" +
    "<EncryptionConfiguration></EncryptionConfiguration></Destination><Prefix>b/</Prefix><Status>Disabled</Status>" +
    `</Rule><Rule><Destination><Bucket>arn:b</Bucket></Destination><Filter>${tag}</Filter><Status>Enabled</Status></Rule>`,
  RequestPaymentConfiguration: "<Payer>Requester</Payer>",
  RestoreRequest:
    "<Days>2</Days><GlacierJobParameters><Tier>Bulk</Tier></GlacierJobParameters><Tier>Expedited</Tier>" +
    "<Type>SELECT</Type><Description>why</Description><SelectParameters><Expression>x</Expression></SelectParameters>",
  Retention: "<Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-02T03:04:05.678Z</RetainUntilDate>",
  SelectObjectContentRequest:
    "<Expression>SELECT * FROM s3object s WHERE s.a &lt; 1</Expression><ExpressionType>SQL</ExpressionType>" +
    "<RequestProgress><Enabled>TRUE</Enabled></RequestProgress><InputSerialization>" +
    "<CompressionType>GZIP</CompressionType><CSV><FileHeaderInfo>USE</FileHeaderInfo><FieldDelimiter> </FieldDelimiter>" +
    "</CSV></InputSerialization><OutputSerialization><JSON><RecordDelimiter>&#10;</RecordDelimiter></JSON>" +
    "</OutputSerialization><ScanRange><Start>0</Start><End>99</End></ScanRange>",
  ServerSideEncryptionConfiguration:
    "<Rule><ApplyServerSideEncryptionByDefault><KMSMasterKeyID>k</KMSMasterKeyID><SSEAlgorithm>aws:kms</SSEAlgorithm>" +
    "</ApplyServerSideEncryptionByDefault><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType>" +
    "</BlockedEncryptionTypes><BucketKeyEnabled>true</BucketKeyEnabled></Rule><Rule>" +
    "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>",
  Tagging: `<TagSet>${tag}<Tag><Key></Key><Value></Value></Tag></TagSet>`,
  VersioningConfiguration: "<Status>Enabled</Status><MfaDelete>Disabled</MfaDelete>",
  WebsiteConfiguration:
    "<RedirectAllRequestsTo><HostName>example.com</HostName><Protocol>https</Protocol></RedirectAllRequestsTo>" +
    "<IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>404.html</Key></ErrorDocument>" +
    "<RoutingRules><RoutingRule><Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>" +
    "<KeyPrefixEquals>a/</KeyPrefixEquals></Condition><Redirect><HostName>h</HostName><HttpRedirectCode>302" +
    "</HttpRedirectCode><Protocol>http</Protocol><ReplaceKeyPrefixWith>b/</ReplaceKeyPrefixWith></Redirect>" +
    "</RoutingRule><RoutingRule><Redirect><ReplaceKeyWith>c</ReplaceKeyWith></Redirect></RoutingRule></RoutingRules>",
};

/** The sample as S3 would write it. */
export function requestSample(name: string): string {
  const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} ${namespace}>${requestSamples[name]}</${name}>`;
}
