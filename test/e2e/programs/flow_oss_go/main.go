// A bucket's life through alibabacloud-oss-go-sdk-v2: flow_oss_go ENDPOINT AK SK VERSION(v1|v4). Exits non-zero on the first surprise.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/signer"
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

func refused(err error, code string, message string) {
	var service *oss.ServiceError
	check(errors.As(err, &service) && service.Code == code && strings.HasPrefix(service.Message, message) && service.RequestID != "", "wanted", code, message, "got", err)
}

func pattern(size int) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i*31 + i>>8)
	}
	return data
}

type flow struct {
	client *oss.Client
	bucket *string
}

func (f flow) read(key string) []byte {
	got, err := f.client.GetObject(ctx, &oss.GetObjectRequest{Bucket: f.bucket, Key: oss.Ptr(key)})
	must(err, "GetObject "+key)
	defer got.Body.Close()
	data, err := io.ReadAll(got.Body)
	must(err, "read "+key)
	return data
}

func (f flow) deleteRefused(message string) {
	_, err := f.client.DeleteBucket(ctx, &oss.DeleteBucketRequest{Bucket: f.bucket})
	refused(err, "BucketNotEmpty", message)
}

// live is what the SDK has no call for any more.
func (f flow) live(method string, body string) {
	input := &oss.OperationInput{OpName: "Live", Method: method, Bucket: f.bucket, Key: oss.Ptr("channel"), Parameters: map[string]string{"live": ""}, Body: strings.NewReader(body)}
	input.OpMetadata.Set(signer.SubResource, []string{"live"})
	_, err := f.client.InvokeOperation(ctx, input)
	must(err, method+" channel")
}

func (f flow) inParts(folder string) {
	large := pattern(12*mib + 5)
	file := filepath.Join(folder, "large")
	must(os.WriteFile(file, large, 0o600), "write")
	uploader := f.client.NewUploader(func(o *oss.UploaderOptions) {
		o.PartSize, o.ParallelNum, o.EnableCheckpoint, o.CheckpointDir = mib, 1, true, folder
	})
	broken, cancel := context.WithCancel(ctx)
	_, err := uploader.UploadFile(broken, &oss.PutObjectRequest{Bucket: f.bucket, Key: oss.Ptr("large"), ProgressFn: func(_, done, total int64) {
		if done > total/2 {
			cancel()
		}
	}}, file)
	check(err != nil, "the upload did not break off")
	started, err := f.client.ListMultipartUploads(ctx, &oss.ListMultipartUploadsRequest{Bucket: f.bucket})
	must(err, "ListMultipartUploads")
	check(len(started.Uploads) == 1, "uploads", started.Uploads)
	parts, err := f.client.ListParts(ctx, &oss.ListPartsRequest{Bucket: f.bucket, Key: oss.Ptr("large"), UploadId: started.Uploads[0].UploadId})
	must(err, "ListParts")
	check(len(parts.Parts) > 0 && len(parts.Parts) < 13, "parts before the break", len(parts.Parts))
	done, err := uploader.UploadFile(ctx, &oss.PutObjectRequest{Bucket: f.bucket, Key: oss.Ptr("large")}, file)
	must(err, "UploadFile")
	check(*done.UploadId == *started.Uploads[0].UploadId, "another upload was begun")
	check(bytes.Equal(f.read("large"), large), "the large object differs")
	_, err = f.client.NewCopier(func(o *oss.CopierOptions) {
		o.PartSize, o.MultipartCopyThreshold, o.DisableShallowCopy = 5*mib, 6*mib, true
	}).Copy(ctx,
		&oss.CopyObjectRequest{Bucket: f.bucket, Key: oss.Ptr("copied in parts"), SourceKey: oss.Ptr("large")})
	must(err, "Copy")
	check(bytes.Equal(f.read("copied in parts"), large), "the copy differs")
}

func (f flow) objects() {
	for key, size := range map[string]int{"empty": 0, "one/five": 5 * mib, "odd key +&?#%/文件.txt": 1000} {
		_, err := f.client.PutObject(ctx, &oss.PutObjectRequest{Bucket: f.bucket, Key: oss.Ptr(key), Body: bytes.NewReader(pattern(size)), Metadata: map[string]string{"who": "flow"}})
		must(err, "PutObject "+key)
		check(bytes.Equal(f.read(key), pattern(size)), "bytes of", key)
	}
	head, err := f.client.HeadObject(ctx, &oss.HeadObjectRequest{Bucket: f.bucket, Key: oss.Ptr("one/five")})
	must(err, "HeadObject")
	check(head.ContentLength == 5*mib && head.Metadata["who"] == "flow", "head", head)
	_, err = f.client.HeadObject(ctx, &oss.HeadObjectRequest{Bucket: f.bucket, Key: oss.Ptr("missing")})
	refused(err, "NoSuchKey", "")
	log, err := f.client.AppendFile(ctx, *f.bucket, "log")
	must(err, "AppendFile")
	for _, text := range []string{"one,", "two"} {
		_, err = log.Write([]byte(text))
		must(err, "append")
	}
	must(log.Close(), "close")
	_, err = f.client.AppendObject(ctx, &oss.AppendObjectRequest{Bucket: f.bucket, Key: oss.Ptr("log"), Position: oss.Ptr(int64(3)), Body: strings.NewReader("x")})
	refused(err, "PositionNotEqualToLength", "")
	check(string(f.read("log")) == "one,two", "log")
	_, err = f.client.CopyObject(ctx, &oss.CopyObjectRequest{Bucket: f.bucket, Key: oss.Ptr("copied"), SourceKey: oss.Ptr("odd key +&?#%/文件.txt")})
	must(err, "CopyObject")
	signed, err := f.client.Presign(ctx, &oss.GetObjectRequest{Bucket: f.bucket, Key: oss.Ptr("copied")}, oss.PresignExpires(time.Minute))
	must(err, "Presign")
	answer, err := http.Get(signed.URL)
	must(err, "signed URL")
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	must(err, "signed URL")
	check(answer.StatusCode == 200 && bytes.Equal(data, pattern(1000)), "signed URL", answer.Status)
}

// keys lists in pages of three.
func (f flow) keys() (keys []string) {
	pages := f.client.NewListObjectsV2Paginator(&oss.ListObjectsV2Request{Bucket: f.bucket, MaxKeys: 3})
	for pages.HasNext() {
		page, err := pages.NextPage(ctx)
		must(err, "ListObjectsV2")
		for _, object := range page.Contents {
			keys = append(keys, *object.Key)
		}
	}
	return keys
}

func (f flow) emptied() {
	var objects []oss.DeleteObject
	for _, key := range f.keys() {
		objects = append(objects, oss.DeleteObject{Key: oss.Ptr(key)})
	}
	_, err := f.client.DeleteMultipleObjects(ctx, &oss.DeleteMultipleObjectsRequest{Bucket: f.bucket, Objects: objects})
	must(err, "DeleteMultipleObjects")
	left, err := f.client.InitiateMultipartUpload(ctx, &oss.InitiateMultipartUploadRequest{Bucket: f.bucket, Key: oss.Ptr("left")})
	must(err, "InitiateMultipartUpload")
	f.deleteRefused("The bucket has Multipart Uploads.")
	_, err = f.client.AbortMultipartUpload(ctx, &oss.AbortMultipartUploadRequest{Bucket: f.bucket, Key: oss.Ptr("left"), UploadId: left.UploadId})
	must(err, "AbortMultipartUpload")
	f.live("PUT", "<LiveChannelConfiguration><Target><Type>HLS</Type></Target></LiveChannelConfiguration>")
	f.deleteRefused("The bucket has live channels.")
	f.live("DELETE", "")
	_, err = f.client.PutBucketVersioning(ctx, &oss.PutBucketVersioningRequest{Bucket: f.bucket, VersioningConfiguration: &oss.VersioningConfiguration{Status: oss.VersionEnabled}})
	must(err, "PutBucketVersioning")
	for _, text := range []string{"one", "two"} {
		_, err = f.client.PutObject(ctx, &oss.PutObjectRequest{Bucket: f.bucket, Key: oss.Ptr("v"), Body: strings.NewReader(text)})
		must(err, "PutObject v")
	}
	_, err = f.client.DeleteObject(ctx, &oss.DeleteObjectRequest{Bucket: f.bucket, Key: oss.Ptr("v")})
	must(err, "DeleteObject v")
	f.deleteRefused("The bucket has object versions or delete markers.")
	versions, err := f.client.ListObjectVersions(ctx, &oss.ListObjectVersionsRequest{Bucket: f.bucket})
	must(err, "ListObjectVersions")
	check(len(versions.ObjectVersions) == 2 && len(versions.ObjectDeleteMarkers) == 1, "versions", versions)
	remove := func(key, version *string) {
		_, err := f.client.DeleteObject(ctx, &oss.DeleteObjectRequest{Bucket: f.bucket, Key: key, VersionId: version})
		must(err, "DeleteObject of a version")
	}
	for _, one := range versions.ObjectVersions {
		remove(one.Key, one.VersionId)
	}
	for _, one := range versions.ObjectDeleteMarkers {
		remove(one.Key, one.VersionId)
	}
}

func main() {
	endpoint, version := os.Args[1], os.Args[4]
	config := oss.LoadDefaultConfig().WithCredentialsProvider(credentials.NewStaticCredentialsProvider(os.Args[2], os.Args[3])).
		WithRegion("cn-hangzhou").WithEndpoint(endpoint).WithUsePathStyle(true).WithSignatureVersion(map[string]oss.SignatureVersionType{"v1": oss.SignatureVersionV1, "v4": oss.SignatureVersionV4}[version])
	f := flow{oss.NewClient(config), oss.Ptr("flow-oss-go-" + version)}
	folder, err := os.MkdirTemp("", "amphora-go-")
	must(err, "folder")
	defer os.RemoveAll(folder)
	_, err = f.client.PutBucket(ctx, &oss.PutBucketRequest{Bucket: f.bucket, Acl: oss.BucketACLPrivate})
	must(err, "PutBucket")
	info, err := f.client.GetBucketInfo(ctx, &oss.GetBucketInfoRequest{Bucket: f.bucket})
	must(err, "GetBucketInfo")
	check(*info.BucketInfo.Location == "oss-cn-hangzhou", "location", *info.BucketInfo.Location)
	f.objects()
	f.inParts(folder)
	f.deleteRefused("The bucket has objects.")
	check(strings.Join(f.keys(), "|") == "copied|copied in parts|empty|large|log|odd key +&?#%/文件.txt|one/five", "keys", f.keys())
	f.emptied()
	_, err = f.client.DeleteBucket(ctx, &oss.DeleteBucketRequest{Bucket: f.bucket})
	must(err, "DeleteBucket")
	_, err = f.client.DeleteBucket(ctx, &oss.DeleteBucketRequest{Bucket: f.bucket})
	refused(err, "NoSuchBucket", "")
	fmt.Println("flow complete")
}
