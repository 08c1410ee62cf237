// The Go clients, unchanged: aws-sdk-go-v2 with its transfer manager and minio-go. One bucket's life through each, and each reads what the other wrote.
// flow_go ENDPOINT AK SK
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/minio/minio-go/v7"
	miniocreds "github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/tags"
)

const mib = 1024 * 1024

var ctx = context.Background()

func must(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func check(ok bool, what string, seen ...any) {
	if !ok {
		fmt.Fprintln(os.Stderr, append([]any{what}, seen...)...)
		os.Exit(1)
	}
}

func pattern(size int) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i*31 + i>>8)
	}
	return data
}

// awsCode is the error code of the service, or of minio-go.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return minio.ToErrorResponse(err).Code
}

func refused(err error, codes ...string) {
	for _, code := range codes {
		if err != nil && codeOf(err) == code {
			return
		}
	}
	check(false, "wanted a refusal", codes, "got", err)
}

func fetch(method, address string, body io.Reader) (int, []byte) {
	request, err := http.NewRequest(method, address, body)
	must(err, "request")
	answer, err := http.DefaultClient.Do(request)
	must(err, "fetch")
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	must(err, "body")
	return answer.StatusCode, data
}

func throughAws(client *s3.Client, bucket string) {
	name := aws.String(bucket)
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: name})
	must(err, "CreateBucket")
	must(s3.NewBucketExistsWaiter(client).Wait(ctx, &s3.HeadBucketInput{Bucket: name}, 10*time.Second), "waiter")
	read := func(key string, rang *string) []byte {
		got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: name, Key: aws.String(key), Range: rang, ChecksumMode: types.ChecksumModeEnabled})
		must(err, "GetObject "+key)
		defer got.Body.Close()
		data, err := io.ReadAll(got.Body)
		must(err, "read "+key)
		return data
	}
	for _, size := range []int{0, 1, 70_000, 5*mib + 7} {
		key := fmt.Sprintf("sizes/%d +é%%", size)
		_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String(key), Body: bytes.NewReader(pattern(size)), Metadata: map[string]string{"kind": "flow"}})
		must(err, "PutObject "+key)
		check(bytes.Equal(read(key, nil), pattern(size)), "bytes of", key)
	}
	check(bytes.Equal(read(fmt.Sprintf("sizes/%d +é%%", 70_000), aws.String("bytes=10-19")), pattern(70_000)[10:20]), "a range")
	for _, algorithm := range []types.ChecksumAlgorithm{types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc64nvme, types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256} {
		key := "sums/" + string(algorithm)
		// without a length known beforehand: chunks signed as unsigned, the checksum in a trailer
		_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String(key), Body: bytes.NewReader(pattern(90_001)), ChecksumAlgorithm: algorithm})
		must(err, key)
		check(bytes.Equal(read(key, nil), pattern(90_001)), "bytes of", key)
	}
	large := pattern(17*mib + 3)
	uploader := manager.NewUploader(client, func(u *manager.Uploader) { u.PartSize = 5 * mib; u.Concurrency = 2 })
	_, err = uploader.Upload(ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String("large"), Body: io.LimitReader(bytes.NewReader(large), int64(len(large)))})
	must(err, "Upload")
	into := manager.NewWriteAtBuffer(nil)
	_, err = manager.NewDownloader(client, func(d *manager.Downloader) { d.PartSize = 4 * mib }).Download(ctx, into, &s3.GetObjectInput{Bucket: name, Key: aws.String("large")})
	must(err, "Download")
	check(sha256.Sum256(into.Bytes()) == sha256.Sum256(large), "the large object differs")
	started, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: name, Key: aws.String("unfinished")})
	must(err, "CreateMultipartUpload")
	_, err = client.UploadPart(ctx, &s3.UploadPartInput{Bucket: name, Key: aws.String("unfinished"), UploadId: started.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader("part")})
	must(err, "UploadPart")
	parts, err := client.ListParts(ctx, &s3.ListPartsInput{Bucket: name, Key: aws.String("unfinished"), UploadId: started.UploadId})
	must(err, "ListParts")
	check(len(parts.Parts) == 1 && aws.ToInt64(parts.Parts[0].Size) == 4, "parts", parts.Parts)
	_, err = client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: name, Key: aws.String("unfinished"), UploadId: started.UploadId})
	must(err, "AbortMultipartUpload")

	// conditions
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String("large"), Body: strings.NewReader("x"), IfNoneMatch: aws.String("*")})
	refused(err, "PreconditionFailed")
	first, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String("once"), Body: strings.NewReader("1"), IfNoneMatch: aws.String("*")})
	must(err, "put if absent")
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String("once"), Body: strings.NewReader("2"), IfMatch: first.ETag})
	must(err, "put if the same")
	_, err = client.PutObject(ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String("once"), Body: strings.NewReader("3"), IfMatch: first.ETag})
	refused(err, "PreconditionFailed")
	_, err = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: name, Key: aws.String("once"), IfMatch: first.ETag})
	refused(err, "PreconditionFailed")
	_, err = client.GetObject(ctx, &s3.GetObjectInput{Bucket: name, Key: aws.String("absent")})
	refused(err, "NoSuchKey")
	_, err = client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: name, Key: aws.String("absent")})
	refused(err, "NotFound")

	presigner := s3.NewPresignClient(client)
	put, err := presigner.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: name, Key: aws.String("by url")})
	must(err, "presign")
	status, _ := fetch(put.Method, put.URL, strings.NewReader("through a URL"))
	check(status == 200, "presigned put", status)
	get, err := presigner.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: name, Key: aws.String("by url"), ResponseContentType: aws.String("text/x")})
	must(err, "presign")
	status, body := fetch(get.Method, get.URL, nil)
	check(status == 200 && string(body) == "through a URL", "presigned get", status, string(body))

	pages, keys := 0, []string{}
	for pager := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: name, MaxKeys: aws.Int32(3)}); pager.HasMorePages(); pages++ {
		page, err := pager.NextPage(ctx)
		must(err, "page")
		for _, object := range page.Contents {
			keys = append(keys, aws.ToString(object.Key))
		}
	}
	check(pages == 4 && len(keys) == 12, "pages", pages, keys)
}

func throughMinio(client *minio.Client, bucket, other string) {
	must(client.MakeBucket(ctx, bucket, minio.MakeBucketOptions{}), "MakeBucket")
	must(client.EnableVersioning(ctx, bucket), "EnableVersioning")
	read := func(bucket, key string) []byte {
		object, err := client.GetObject(ctx, bucket, key, minio.GetObjectOptions{})
		must(err, "GetObject")
		defer object.Close()
		data, err := io.ReadAll(object)
		must(err, "read "+key)
		return data
	}
	large := pattern(17*mib + 3)
	check(bytes.Equal(read(other, "large"), large), "what the other SDK wrote differs")
	for name, options := range map[string]minio.PutObjectOptions{
		"plain":  {ContentType: "text/x", UserMetadata: map[string]string{"kind": "flow"}},
		"md5":    {SendContentMd5: true},
		"crc32c": {Checksum: minio.ChecksumCRC32C, PartSize: 5 * mib},
		"full":   {Checksum: minio.ChecksumFullObjectCRC32C, PartSize: 5 * mib},
		"nvme":   {Checksum: minio.ChecksumCRC64NVME, PartSize: 5 * mib},
		"sha256": {Checksum: minio.ChecksumSHA256, PartSize: 5 * mib},
		"tagged": {UserTags: map[string]string{"a": "b c"}},
	} {
		for _, size := range []int{0, 100, 6*mib + 1} {
			// a length unknown beforehand makes an upload of parts, whatever the size
			for _, length := range []int64{int64(size), -1} {
				key := fmt.Sprintf("%s/%d/%d", name, size, length)
				info, err := client.PutObject(ctx, bucket, key, bytes.NewReader(pattern(size)), length, options)
				must(err, key)
				check(info.Size == int64(size) && info.VersionID != "", key, info)
				check(bytes.Equal(read(bucket, key), pattern(size)), "bytes of", key)
			}
		}
	}
	stat, err := client.StatObject(ctx, bucket, "plain/100/100", minio.StatObjectOptions{})
	must(err, "StatObject")
	check(stat.UserMetadata["Kind"] == "flow" && stat.ContentType == "text/x", "metadata", stat.UserMetadata, stat.ContentType)
	_, err = client.CopyObject(ctx, minio.CopyDestOptions{Bucket: bucket, Object: "copy"}, minio.CopySrcOptions{Bucket: other, Object: "large"})
	must(err, "CopyObject")
	_, err = client.ComposeObject(ctx, minio.CopyDestOptions{Bucket: bucket, Object: "composed"}, minio.CopySrcOptions{Bucket: other, Object: "large"}, minio.CopySrcOptions{Bucket: bucket, Object: "copy"})
	must(err, "ComposeObject")
	check(bytes.Equal(read(bucket, "composed"), append(append([]byte{}, large...), large...)), "composed")
	wanted, err := tags.NewTags(map[string]string{"team": "store"}, true)
	must(err, "NewTags")
	must(client.PutObjectTagging(ctx, bucket, "copy", wanted, minio.PutObjectTaggingOptions{}), "PutObjectTagging")
	got, err := client.GetObjectTagging(ctx, bucket, "copy", minio.GetObjectTaggingOptions{})
	must(err, "GetObjectTagging")
	check(got.ToMap()["team"] == "store", "tags", got)
	must(client.RemoveObject(ctx, bucket, "copy", minio.RemoveObjectOptions{}), "RemoveObject")
	_, err = client.StatObject(ctx, bucket, "copy", minio.StatObjectOptions{})
	refused(err, "NoSuchKey")
	once := minio.PutObjectOptions{}
	once.SetMatchETagExcept("*")
	_, err = client.PutObject(ctx, bucket, "composed", strings.NewReader("x"), 1, once)
	refused(err, "PreconditionFailed")
	address, err := client.PresignedGetObject(ctx, bucket, "plain/100/100", time.Minute, url.Values{})
	must(err, "presign")
	status, body := fetch("GET", address.String(), nil)
	check(status == 200 && bytes.Equal(body, pattern(100)), "presigned get", status)
	refused(client.RemoveBucket(ctx, bucket), "BucketNotEmpty")
	for _, name := range []string{bucket, other} {
		listed := client.ListObjects(ctx, name, minio.ListObjectsOptions{Recursive: true, WithVersions: true})
		for problem := range client.RemoveObjects(ctx, name, listed, minio.RemoveObjectsOptions{}) {
			must(problem.Err, "RemoveObjects "+problem.ObjectName)
		}
		must(client.RemoveBucket(ctx, name), "RemoveBucket "+name)
	}
	refused(client.RemoveBucket(ctx, bucket), "NoSuchBucket")
}

func main() {
	endpoint, ak, sk := os.Args[1], os.Args[2], os.Args[3]
	client := s3.New(s3.Options{BaseEndpoint: aws.String(endpoint), Region: "us-east-1", UsePathStyle: true, RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider(ak, sk, "")})
	throughAws(client, "flow-go-aws")
	at, err := url.Parse(endpoint)
	must(err, "endpoint")
	other, err := minio.New(at.Host, &minio.Options{Creds: miniocreds.NewStaticV4(ak, sk, ""), Region: "us-east-1", MaxRetries: 1, TrailingHeaders: true})
	must(err, "minio.New")
	throughMinio(other, "flow-go-minio", "flow-go-aws")
	fmt.Println("flow complete")
}
