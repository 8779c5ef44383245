import type * as Sdk from '@aws-sdk/client-s3';

/** The requests that we make, each one attempt. */
export interface S3Requests {
  list(input: Sdk.ListObjectsV2CommandInput, stop: AbortSignal): Promise<Sdk.ListObjectsV2CommandOutput>;
  versions(input: Sdk.ListObjectVersionsCommandInput, stop: AbortSignal): Promise<Sdk.ListObjectVersionsCommandOutput>;
  head(input: Sdk.HeadObjectCommandInput, stop: AbortSignal): Promise<Sdk.HeadObjectCommandOutput>;
  get(input: Sdk.GetObjectCommandInput, stop: AbortSignal): Promise<Sdk.GetObjectCommandOutput>;
  close(): void;
}

/** A client of the SDK. The SDK is a quarter of this program, and most drills open no bucket: it is loaded by the first request. */
export function s3Requests(config: Sdk.S3ClientConfig): S3Requests {
  let opened: Promise<{ readonly sdk: typeof Sdk; readonly client: Sdk.S3Client }> | undefined;
  const open = (): NonNullable<typeof opened> =>
    (opened ??= import('@aws-sdk/client-s3').then(sdk => ({ sdk, client: new sdk.S3Client(config) })));
  return {
    list: async (input, abortSignal) => {
      const { sdk, client } = await open();
      return client.send(new sdk.ListObjectsV2Command(input), { abortSignal });
    },
    versions: async (input, abortSignal) => {
      const { sdk, client } = await open();
      return client.send(new sdk.ListObjectVersionsCommand(input), { abortSignal });
    },
    head: async (input, abortSignal) => {
      const { sdk, client } = await open();
      return client.send(new sdk.HeadObjectCommand(input), { abortSignal });
    },
    get: async (input, abortSignal) => {
      const { sdk, client } = await open();
      return client.send(new sdk.GetObjectCommand(input), { abortSignal });
    },
    close: () => void opened?.then(({ client }) => client.destroy()),
  };
}
