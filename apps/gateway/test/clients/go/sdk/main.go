// Uses a gateway as a Go program would: settings from the environment, the defaults of the AWS SDK for Go v2 for the rest.
//
// Prints one JSON line for each check: {"check": name, "seen": {...}} or {"check": name, "error": "..."}. Judging them is the
// caller's part.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

const mib = 1024 * 1024

type seen map[string]any

var (
	ctx    = context.Background()
	client *s3.Client
)

func main() {
	if len(os.Args) > 1 {
		return // asked whether it is there
	}
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		panic(err)
	}
	client = s3.NewFromConfig(settings, func(options *s3.Options) { options.UsePathStyle = true })

	checks := []struct {
		name string
		run  func() (seen, error)
	}{
		{"putAndGet", putAndGet},
		{"fileTransfer", fileTransfer},
		{"forwardStream", forwardStream},
		{"checksums", checksums},
		{"pages", pages},
		{"deleteMany", deleteMany},
		{"copies", copies},
		{"presigned", presigned},
		{"conditions", conditions},
	}
	for _, check := range checks {
		line := map[string]any{"check": check.name}
		if result, err := check.run(); err != nil {
			line["error"] = err.Error()
		} else {
			line["seen"] = result
		}
		text, _ := json.Marshal(line)
		fmt.Println(string(text))
	}
}

func putAndGet() (seen, error) {
	bucket, err := newBucket("go-put")
	if err != nil {
		return nil, err
	}
	key := "größe + 100%.txt"
	content := sample(1, 300_000)
	put, err := client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: bucket, Key: &key, Body: bytes.NewReader(content),
		ContentType: aws.String("text/x-sample"), Metadata: map[string]string{"colour": "dark  green"},
	})
	if err != nil {
		return nil, err
	}
	got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: &key})
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(got.Body) // validates the checksum
	if err != nil {
		return nil, err
	}
	_, missing := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("nothing here")})
	_, absent := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: aws.String("nothing here")})
	return seen{
		"sameBytes":     bytes.Equal(body, content),
		"addsCrc32":     put.ChecksumCRC32 != nil,
		"crc32IsKept":   aws.ToString(put.ChecksumCRC32) == aws.ToString(got.ChecksumCRC32),
		"etagIsKept":    *put.ETag == *got.ETag,
		"contentType":   got.ContentType,
		"metadata":      got.Metadata,
		"missing":       codeOf(missing),
		"missingByHead": codeOf(absent),
	}, nil
}

func fileTransfer() (seen, error) {
	bucket, err := newBucket("go-files")
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "stave-go-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	content := sample(2, 30*mib)
	if err := os.WriteFile(filepath.Join(folder, "up.bin"), content, 0o600); err != nil {
		return nil, err
	}
	up, err := os.Open(filepath.Join(folder, "up.bin"))
	if err != nil {
		return nil, err
	}
	defer up.Close()
	key := aws.String("a folder/up.bin")
	if _, err := manager.NewUploader(client).Upload(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, Body: up}); err != nil {
		return nil, err
	}
	down, err := os.Create(filepath.Join(folder, "down.bin"))
	if err != nil {
		return nil, err
	}
	defer down.Close()
	size, err := manager.NewDownloader(client).Download(ctx, down, &s3.GetObjectInput{Bucket: bucket, Key: key})
	if err != nil {
		return nil, err
	}
	returned, err := os.ReadFile(down.Name())
	if err != nil {
		return nil, err
	}
	head, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: key})
	if err != nil {
		return nil, err
	}
	_, parts, _ := strings.Cut(strings.Trim(*head.ETag, `"`), "-")
	return seen{"sameBytes": bytes.Equal(returned, content), "sizeBytes": size, "etagParts": parts}, nil
}

// onlyReader can be read forward, and nothing else.
type onlyReader struct{ io.Reader }

func forwardStream() (seen, error) {
	bucket, err := newBucket("go-stream")
	if err != nil {
		return nil, err
	}
	content := sample(3, 12*mib+1)
	key := aws.String("stream")
	body := onlyReader{bytes.NewReader(content)}
	if _, err := manager.NewUploader(client).Upload(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, Body: body}); err != nil {
		return nil, err
	}
	returned, err := read(bucket, "stream")
	return seen{"sameBytes": bytes.Equal(returned, content)}, err
}

func checksums() (seen, error) {
	bucket, err := newBucket("go-checksums")
	if err != nil {
		return nil, err
	}
	content := sample(4, 100_000)
	result := seen{}
	for _, algorithm := range []types.ChecksumAlgorithm{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
		key := aws.String(string(algorithm))
		if _, err := client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: bucket, Key: key, Body: bytes.NewReader(content), ChecksumAlgorithm: algorithm,
		}); err != nil {
			return nil, fmt.Errorf("%s: %w", algorithm, err)
		}
		returned, err := read(bucket, *key)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", algorithm, err)
		}
		result[*key] = bytes.Equal(returned, content)
	}
	return result, nil
}

func pages() (seen, error) {
	bucket, err := newBucket("go-pages")
	if err != nil {
		return nil, err
	}
	keys := []string{}
	for n := range 25 {
		key := fmt.Sprintf("folder %d/a+b %02d", n%5, n)
		keys = append(keys, key)
		if _, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: strings.NewReader(key)}); err != nil {
			return nil, err
		}
	}
	sizes, listed := []int32{}, map[string]bool{}
	flat := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: bucket, MaxKeys: aws.Int32(10)})
	for flat.HasMorePages() {
		page, err := flat.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, *page.KeyCount)
		for _, object := range page.Contents {
			listed[*object.Key] = true
		}
	}
	grouped, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket, Delimiter: aws.String("/")})
	if err != nil {
		return nil, err
	}
	prefixes := []string{}
	for _, prefix := range grouped.CommonPrefixes {
		prefixes = append(prefixes, *prefix.Prefix)
	}
	isComplete := len(listed) == len(keys)
	for _, key := range keys {
		isComplete = isComplete && listed[key]
	}
	return seen{"pages": sizes, "isComplete": isComplete, "prefixes": prefixes}, nil
}

func deleteMany() (seen, error) {
	bucket, err := newBucket("go-delete")
	if err != nil {
		return nil, err
	}
	objects := []types.ObjectIdentifier{}
	for _, key := range []string{"plain", "a b", "<&>\"'", "日本", "kept"} {
		if _, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: strings.NewReader("x")}); err != nil {
			return nil, err
		}
		if key != "kept" {
			objects = append(objects, types.ObjectIdentifier{Key: &key})
		}
	}
	deleted, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{Objects: objects}})
	if err != nil {
		return nil, err
	}
	left, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket})
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, object := range left.Contents {
		names = append(names, *object.Key)
	}
	return seen{"deleted": len(deleted.Deleted), "errors": len(deleted.Errors), "left": names}, nil
}

func copies() (seen, error) {
	bucket, err := newBucket("go-copy")
	if err != nil {
		return nil, err
	}
	content := sample(5, 200_000)
	if _, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("from/a b.bin"), Body: bytes.NewReader(content)}); err != nil {
		return nil, err
	}
	copied, err := client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: bucket, Key: aws.String("to"), CopySource: aws.String("go-copy/from/a%20b.bin")})
	if err != nil {
		return nil, err
	}
	returned, err := read(bucket, "to")
	return seen{"sameBytes": bytes.Equal(returned, content), "hasEtag": copied.CopyObjectResult.ETag != nil}, err
}

func presigned() (seen, error) {
	bucket, err := newBucket("go-presigned")
	if err != nil {
		return nil, err
	}
	key := aws.String("a b+ü.bin")
	content := sample(6, 100_000)
	signer := s3.NewPresignClient(client)
	put, err := signer.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key})
	if err != nil {
		return nil, err
	}
	get, err := signer.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key})
	if err != nil {
		return nil, err
	}
	putStatus, _, err := send(http.MethodPut, put.URL, content)
	if err != nil {
		return nil, err
	}
	getStatus, returned, err := send(http.MethodGet, get.URL, nil)
	if err != nil {
		return nil, err
	}
	otherStatus, _, err := send(http.MethodDelete, get.URL, nil)
	return seen{"put": putStatus, "get": getStatus, "deleteWithGetUrl": otherStatus, "sameBytes": bytes.Equal(returned, content)}, err
}

func conditions() (seen, error) {
	bucket, err := newBucket("go-conditions")
	if err != nil {
		return nil, err
	}
	create := func(text string) error {
		_, err := client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: bucket, Key: aws.String("lock"), Body: strings.NewReader(text), IfNoneMatch: aws.String("*"),
		})
		return err
	}
	first, second := create("first"), create("second")
	kept, err := read(bucket, "lock")
	return seen{"first": codeOf(first), "second": codeOf(second), "kept": string(kept)}, err
}

func newBucket(name string) (*string, error) {
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name})
	return &name, err
}

func read(bucket *string, key string) ([]byte, error) {
	got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	return io.ReadAll(got.Body)
}

func send(method string, url string, body []byte) (int, []byte, error) {
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, content, err
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	var failure smithy.APIError
	if errors.As(err, &failure) {
		return failure.ErrorCode()
	}
	return err.Error()
}

// sample has bytes that never repeat, the same for the same seed.
func sample(seed byte, size int) []byte {
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(content)
	return content
}
