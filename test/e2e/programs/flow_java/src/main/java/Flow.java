import com.aliyun.oss.ClientBuilderConfiguration;
import com.aliyun.oss.OSS;
import com.aliyun.oss.OSSClientBuilder;
import com.aliyun.oss.OSSException;
import com.aliyun.oss.common.auth.DefaultCredentialProvider;
import com.aliyun.oss.common.comm.SignVersion;
import com.aliyun.oss.event.ProgressEventType;
import com.aliyun.oss.model.*;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.function.Supplier;

/** A bucket's life through aliyun-sdk-oss: Flow ENDPOINT AK SK VERSION(v1|v4). Ends with an exception on the first surprise. */
public final class Flow {
    private static final int MIB = 1024 * 1024;
    private final OSS client;
    private final String bucket;

    private Flow(OSS client, String bucket) {
        this.client = client;
        this.bucket = bucket;
    }

    private interface Call {
        void run() throws Exception;
    }

    private static void check(boolean holds, Object seen) {
        if (!holds) throw new IllegalStateException("unexpected: " + seen);
    }

    private static void refused(String code, String message, Call call) throws Exception {
        try {
            call.run();
        } catch (OSSException e) {
            check(code.equals(e.getErrorCode()) && e.getErrorMessage().startsWith(message) && e.getRequestId().length() == 24, e);
            return;
        }
        throw new IllegalStateException("not refused with " + code);
    }

    private void deleteRefused(String message) throws Exception {
        refused("BucketNotEmpty", message, () -> client.deleteBucket(bucket));
    }

    private static byte[] pattern(int size) {
        byte[] data = new byte[size];
        for (int i = 0; i < size; i++) data[i] = (byte) (i * 31 + (i >> 8));
        return data;
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private byte[] read(String key) throws Exception {
        try (OSSObject object = client.getObject(bucket, key)) {
            return object.getObjectContent().readAllBytes();
        }
    }

    private void objects() throws Exception {
        for (String key : List.of("empty", "one/five", "odd key +&?#%/文件.txt")) {
            byte[] body = pattern(key.equals("empty") ? 0 : key.equals("one/five") ? 5 * MIB : 1000);
            ObjectMetadata metadata = new ObjectMetadata();
            metadata.addUserMetadata("who", "flow");
            metadata.setContentType("text/x-flow");
            client.putObject(bucket, key, new ByteArrayInputStream(body), metadata);
            check(Arrays.equals(read(key), body), key);
        }
        ObjectMetadata head = client.getObjectMetadata(bucket, "one/five");
        check(head.getContentLength() == 5 * MIB && "flow".equals(head.getUserMetadata().get("who")), head.getRawMetadata());
        refused("NoSuchKey", "", () -> client.getObject(bucket, "missing").close());
        AppendObjectRequest append = new AppendObjectRequest(bucket, "log", stream("one,")).withPosition(0L);
        check(client.appendObject(append).getNextPosition() == 4, "append");
        check(client.appendObject(new AppendObjectRequest(bucket, "log", stream("two")).withPosition(4L)).getNextPosition() == 7, "append");
        refused("PositionNotEqualToLength", "", () -> client.appendObject(new AppendObjectRequest(bucket, "log", stream("x")).withPosition(4L)));
        check(new String(read("log"), StandardCharsets.UTF_8).equals("one,two"), "log");
        client.copyObject(bucket, "odd key +&?#%/文件.txt", bucket, "copied");
        check(Arrays.equals(read("copied"), pattern(1000)), "copied");
        try (InputStream signed = client.generatePresignedUrl(bucket, "copied", new Date(System.currentTimeMillis() + 60_000)).openStream()) {
            check(Arrays.equals(signed.readAllBytes(), pattern(1000)), "signed URL");
        }
    }

    private UploadFileRequest upload(Path file) {
        UploadFileRequest request = new UploadFileRequest(bucket, "large", file.toString(), MIB, 1, true);
        request.setCheckpointFile(file + ".ucp");
        return request;
    }

    /** Breaks off in the middle as its client is shut down, and goes on where it was with another. */
    private void inParts(Path folder, OSS shortLived) throws Throwable {
        byte[] large = pattern(12 * MIB + 5);
        Path file = Files.write(folder.resolve("large"), large);
        UploadFileRequest broken = upload(file);
        int[] parts = {0};
        broken.setProgressListener(event -> {
            if (event.getEventType() == ProgressEventType.REQUEST_BYTE_TRANSFER_EVENT && ++parts[0] == 6) shortLived.shutdown();
        });
        boolean wentOn = true;
        try {
            shortLived.uploadFile(broken);
        } catch (Throwable e) {
            wentOn = false;
        }
        check(!wentOn, "the upload did not break off");
        List<MultipartUpload> started = client.listMultipartUploads(new ListMultipartUploadsRequest(bucket)).getMultipartUploads();
        check(started.size() == 1, started.size());
        String uploadId = started.get(0).getUploadId();
        int before = client.listParts(new ListPartsRequest(bucket, "large", uploadId)).getParts().size();
        check(before > 0, before);
        client.uploadFile(upload(file));
        check(client.listMultipartUploads(new ListMultipartUploadsRequest(bucket)).getMultipartUploads().isEmpty(), "another upload was begun");
        check(Arrays.equals(read("large"), large), "large");
    }

    /** In pages of three. */
    private List<String> keys() {
        List<String> keys = new ArrayList<>();
        ListObjectsV2Result page;
        String token = null;
        do {
            page = client.listObjectsV2(new ListObjectsV2Request(bucket).withMaxKeys(3).withContinuationToken(token));
            for (OSSObjectSummary object : page.getObjectSummaries()) keys.add(object.getKey());
            token = page.getNextContinuationToken();
        } while (page.isTruncated());
        return keys;
    }

    private void emptied() throws Exception {
        client.deleteObjects(new DeleteObjectsRequest(bucket).withKeys(keys()));
        String left = client.initiateMultipartUpload(new InitiateMultipartUploadRequest(bucket, "left")).getUploadId();
        deleteRefused("The bucket has Multipart Uploads.");
        client.abortMultipartUpload(new AbortMultipartUploadRequest(bucket, "left", left));
        check(client.createLiveChannel(new CreateLiveChannelRequest(bucket, "channel")).getPublishUrls().size() == 1, "channel");
        deleteRefused("The bucket has live channels.");
        client.deleteLiveChannel(bucket, "channel");
        client.setBucketVersioning(new SetBucketVersioningRequest(bucket, new BucketVersioningConfiguration(BucketVersioningConfiguration.ENABLED)));
        String first = client.putObject(bucket, "v", stream("one")).getVersionId();
        String second = client.putObject(bucket, "v", stream("two")).getVersionId();
        check(!first.equals(second), first);
        client.deleteObject(bucket, "v");
        deleteRefused("The bucket has object versions or delete markers.");
        for (OSSVersionSummary version : client.listVersions(new ListVersionsRequest().withBucketName(bucket)).getVersionSummaries())
            client.deleteVersion(bucket, version.getKey(), version.getVersionId());
    }

    private void run(Path folder, OSS shortLived) throws Throwable {
        client.createBucket(bucket);
        check(client.getBucketInfo(bucket).getBucket().getLocation().equals("oss-cn-hangzhou"), "location");
        objects();
        inParts(folder, shortLived);
        deleteRefused("The bucket has objects.");
        check(keys().equals(List.of("copied", "empty", "large", "log", "odd key +&?#%/文件.txt", "one/five")), keys());
        emptied();
        client.deleteBucket(bucket);
        refused("NoSuchBucket", "", () -> client.deleteBucket(bucket));
    }

    public static void main(String[] args) throws Throwable {
        ClientBuilderConfiguration configuration = new ClientBuilderConfiguration();
        // path style: the SDK does not see for itself that an address is an IP's
        configuration.setSLDEnabled(true);
        configuration.setMaxErrorRetry(0);
        configuration.setSignatureVersion(args[3].equals("v4") ? SignVersion.V4 : SignVersion.V1);
        Supplier<OSS> open = () -> OSSClientBuilder.create().endpoint(args[0]).region("cn-hangzhou").clientConfiguration(configuration)
            .credentialsProvider(new DefaultCredentialProvider(args[1], args[2])).build();
        OSS client = open.get();
        Path folder = Files.createTempDirectory("amphora-java-");
        try {
            new Flow(client, "flow-java-" + args[3]).run(folder, open.get());
            System.out.println("flow complete");
        } finally {
            client.shutdown();
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) Files.delete(file);
            }
            Files.delete(folder);
        }
    }
}
