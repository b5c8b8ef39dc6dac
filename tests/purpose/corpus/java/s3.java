// credential: aws AWS_SECRET_ACCESS_KEY
// file: src/main/java/App.java
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.*;
public class App {
  void run() {
    S3Client s3 = S3Client.create();
    // need: object.destroy
    s3.deleteObject(DeleteObjectRequest.builder().bucket("acme").key("k").build());
  }
}
